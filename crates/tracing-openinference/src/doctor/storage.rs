//! A backend may accept a span and not keep it: Phoenix answers before it stores.

use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{
    delivery::{Backend, Sent},
    findings::Findings,
};
use crate::{
    builder::Way,
    ship::{Probe, Reply, Transport},
};

/// A fifth of a second is usual.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

pub(super) async fn look(way: &Way, backend: &Backend, probe: &Probe, sent: &Sent, findings: &mut Findings) {
    let Way { destination, project, .. } = way;
    let (Some(_), Some(base)) = (&backend.phoenix, &backend.base) else {
        let why = match destination.endpoint.transport {
            Transport::Grpc => {
                "over gRPC no backend can be asked, and this is not port 4317 without TLS and with a Phoenix at 6006 beside it"
            }
            Transport::Http => "only Phoenix can be asked",
        };
        return findings.noted("storage", format!("whether the span was stored was not looked at: {why}"));
    };
    if project.contains('/') {
        let what = format!("Phoenix cannot be asked about a project with a slash in its name: {project:?}");
        return findings.noted("storage", what);
    }
    let name = utf8_percent_encode(project, NON_ALPHANUMERIC);
    let url = format!("{base}/v1/projects/{name}/spans?limit=100&trace_id={}", sent.trace);
    let asked = Instant::now();
    loop {
        match probe.get(&url).await {
            Reply::Http(reply) if reply.says(&sent.span) => {
                let after = asked.elapsed().as_millis();
                return findings.passed("storage", format!("project {project:?} of {base} had it after {after} ms"));
            }
            Reply::Http(reply) if matches!(reply.status.as_u16(), 401 | 403) => {
                let what = format!("whether the span was stored cannot be seen: reading is answered {}", reply.status);
                return findings.noted("storage", what);
            }
            _ if asked.elapsed() > PATIENCE => break,
            _ => tokio::time::sleep(PAUSE).await,
        }
    }
    let what = format!("the span was accepted, and project {project:?} of {base} did not have it after {PATIENCE:?}");
    if destination.endpoint.transport == Transport::Grpc {
        // Both ports are only the usual ones: a collector may have taken it.
        return findings.noted("storage", what);
    }
    findings.failed(
        "storage",
        what,
        "the log of Phoenix says why it does not store: its queue may be long, its disk full, its database locked",
    );
}
