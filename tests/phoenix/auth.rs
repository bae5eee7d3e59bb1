//! A Phoenix that wants keys, and what the doctor says to each kind of them. Runs when `PHOENIX_AUTH_URL` is set:
//!
//! ```sh
//! scripts/phoenix start --auth --http 16106 --grpc 14417
//! PHOENIX_AUTH_URL=http://127.0.0.1:16106 PHOENIX_AUTH_GRPC_URL=http://127.0.0.1:14417 PHOENIX_ADMIN_SECRET=… \
//!     cargo test -p integration-tests --test phoenix auth
//! ```

use std::io::Write;
use std::time::{Duration, SystemTime};

use integration_tests::Program;
use integration_tests::phoenix::unique;
use serde_json::{Value, json};

struct Guarded {
    url: String,
    grpc: String,
    admin: String,
    agent: ureq::Agent,
}

impl Guarded {
    fn or_skip() -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let Some(url) = variable("PHOENIX_AUTH_URL") else {
            let _ = writeln!(std::io::stderr().lock(), "auth: skipped: PHOENIX_AUTH_URL is not set");
            return None;
        };
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Some(Self {
            url,
            grpc: variable("PHOENIX_AUTH_GRPC_URL").expect("PHOENIX_AUTH_GRPC_URL goes with PHOENIX_AUTH_URL"),
            admin: variable("PHOENIX_ADMIN_SECRET").expect("PHOENIX_ADMIN_SECRET goes with PHOENIX_AUTH_URL"),
            agent: config.into(),
        })
    }

    fn post(&self, path: &str, header: (&str, &str), body: &Value) -> ureq::http::Response<ureq::Body> {
        let request = self.agent.post(format!("{}{path}", self.url)).header(header.0, header.1);
        let mut answer = request.send_json(body).expect("Phoenix answers");
        let status = answer.status();
        assert!(status.is_success(), "{path}: {status}: {:?}", answer.body_mut().read_to_string());
        answer
    }

    fn as_admin(&self, path: &str, body: &Value) -> Value {
        let bearer = format!("Bearer {}", self.admin);
        let mut answer = self.post(path, ("authorization", &bearer), body);
        answer.body_mut().read_json().expect("the answer is JSON")
    }

    fn system_key(&self, expires_at: Option<u64>) -> String {
        let data = json!({ "name": unique("key"), "expires_at": expires_at });
        text(&self.as_admin("/v1/system/api_keys", &json!({ "data": data }))["data"]["key"])
    }

    /// The key of a new user who may only look.
    fn viewer_key(&self) -> String {
        let name = unique("viewer");
        let (email, password) = (format!("{name}@example.org"), "Only-looks-1");
        let user = json!({
            "email": email, "username": name, "role": "VIEWER", "auth_method": "LOCAL", "password": password,
        });
        let _ = self.as_admin("/v1/users", &json!({ "user": user, "send_welcome_email": false }));
        let login = json!({ "email": email, "password": password });
        let answer = self.post("/auth/login", ("accept", "*/*"), &login);
        let cookies = answer.headers().get_all("set-cookie").iter();
        let cookies: Vec<_> =
            cookies.map(|cookie| text_of(cookie).split(';').next().unwrap_or_default().to_owned()).collect();
        let data = json!({ "data": { "name": name } });
        let mut answer = self.post("/v1/user/api_keys", ("cookie", &cookies.join("; ")), &data);
        let answer: Value = answer.body_mut().read_json().expect("the answer is JSON");
        text(&answer["data"]["key"])
    }

    /// What the doctor prints over each transport, and whether it finds a fault.
    fn doctor(&self, key: Option<&str>) -> [(bool, String); 2] {
        [("http/protobuf", &self.url), ("grpc", &self.grpc)].map(|(protocol, endpoint)| {
            let program = Program::new(env!("CARGO_BIN_EXE_doctor"))
                .variable("PHOENIX_COLLECTOR_ENDPOINT", endpoint)
                .variable("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
                .variable("PHOENIX_PROJECT", unique("doctor"));
            let program = key.into_iter().fold(program, |program, key| program.variable("PHOENIX_API_KEY", key));
            let ran = program.run();
            assert!(key.is_none_or(|key| !ran.stdout.contains(key)), "{}", ran.stdout);
            (ran.status.success(), ran.stdout)
        })
    }

    fn finds(&self, key: Option<&str>, over_http: &str, over_grpc: &str) {
        for ((healthy, text), words) in self.doctor(key).into_iter().zip([over_http, over_grpc]) {
            let last = text.lines().last().unwrap_or_default();
            assert!(!healthy && last.contains(words), "{words}:\n{text}");
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is a text")).to_owned()
}

fn text_of(value: &ureq::http::HeaderValue) -> &str {
    value.to_str().expect("a header is text")
}

#[test]
fn the_doctor_tells_every_kind_of_key() {
    let Some(phoenix) = Guarded::or_skip() else { return };
    let soon = SystemTime::UNIX_EPOCH.elapsed().expect("a clock") + Duration::from_secs(3);
    let expiring = phoenix.system_key(Some(soon.as_secs()));
    let good = phoenix.system_key(None);

    let [(healthy, text), (healthy_over_grpc, grpc)] = phoenix.doctor(Some(&good));
    assert!(healthy && text.contains("storage") && text.contains(" had it after "), "{text}");
    assert!(text.contains("Phoenix 20.26.1"), "{text}");
    assert!(healthy_over_grpc, "{grpc}");

    phoenix.finds(None, "wants a key, and none is set", "wants a key, and none is set");
    phoenix.finds(Some("nonsense"), "is not accepted", "is not accepted");
    phoenix.finds(Some(&phoenix.viewer_key()), "belongs to a viewer", "as that of a viewer");

    let left = soon.saturating_sub(SystemTime::UNIX_EPOCH.elapsed().expect("a clock"));
    std::thread::sleep(left + Duration::from_secs(1));
    // Phoenix forgets an expired key after a while; then it is one among other guesses.
    phoenix.finds(Some(&expiring), "has expired", "has expired");
}
