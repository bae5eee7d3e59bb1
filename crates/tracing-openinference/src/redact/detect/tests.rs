use super::*;

/// `text` with `…` for everything found.
fn shortened(rule: &BuiltIn, text: &str) -> String {
    let (mut out, mut at) = (String::new(), 0);
    while let Some(found) = (rule.find)(text, at) {
        assert!((rule.may_be_in)(text), "{} is in {text:?} after all", rule.name);
        assert!(found.start >= at && found.end > found.start, "{found:?} in {text:?}");
        out += &text[at..found.start];
        out += "…";
        at = found.end;
    }
    out + &text[at..]
}

#[track_caller]
fn finds(rule: &BuiltIn, table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(shortened(rule, text), *expected, "in {text:?}");
    }
}

#[track_caller]
fn keeps(rule: &BuiltIn, table: &[&str]) {
    for text in table {
        assert_eq!(shortened(rule, text), *text);
    }
}

#[test]
fn e_mail_addresses_are_found() {
    finds(
        &EMAIL,
        &[
            ("ann@example.com", "…"),
            ("write to Ann.Smith+news@mail.example.co.uk, please.", "write to …, please."),
            ("<ann@example.com>; bob@example.com", "<…>; …"),
            ("mailto:ann@example.com?subject=x", "mailto:…?subject=x"),
            ("user=ann@example.com", "user=…"),
            ("ann@example.com.", "…."),
            ("ann@example.com.5", "….5"),
            ("o'brien@example.com", "…"),
            ("'ann@example.com'", "'…'"),
            ("**ann@example.com**", "**…**"),
            ("jörg@müller.example", "…"),
            ("用户@例子.公司", "…"),
            ("ann@xn--bcher-kva.xn--p1ai", "…"),
            ("\"ann smith\"@example.com", "…"),
            ("/u?mail=ann%40example.com&x", "/u?mail=…&x"),
            ("ANN@EXAMPLE.COM", "…"),
            ("a@b.cd@e.fg", "…@e.fg"),
        ],
    );
    keeps(
        &EMAIL,
        &[
            "",
            "@",
            "ann@",
            "ann@.example.com",
            "ann@-x.example",
            "ann@",
            "@example.com",
            "ann@localhost",
            "npm i pkg@1.2.3",
            "a @ b.com",
            "10@20",
            "x@-.-",
        ],
    );
}

#[test]
fn card_numbers_are_found() {
    finds(
        &CARD,
        &[
            ("4111111111111111", "…"),
            ("4111 1111 1111 1111", "…"),
            ("card=4111-1111-1111-1111.", "card=…."),
            ("378282246310005", "…"),
            ("3782 822463 10005", "…"),
            ("30569309025904", "…"),
            ("5555555555554444 and 6011111111111117", "… and …"),
            ("4222222222222", "…"),
            ("6304000000000000000", "…"),
            ("order 1234567 4111 1111 1111 1111", "order 1234567 …"),
            ("4111 1111 1111 1111 12/29 123", "… 12/29 123"),
            ("карта4111111111111111", "карта…"),
        ],
    );
    keeps(
        &CARD,
        &[
            "4111111111111112",
            "1763640000000000000",
            "1763640000000",
            "0000000000000000",
            "41111111111111114111111111111111",
            "0.4111111111111111",
            "4111111111111111.5",
            "a4111111111111111",
            "4111111111111111f",
            "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
            "2024-11-20 12:00:00",
            "550e8400-e29b-41d4-a716-446655440000",
        ],
    );
}

#[test]
fn telephone_numbers_are_found() {
    finds(
        &PHONE,
        &[
            ("+15551234567", "…"),
            ("call +49 30 123456 now", "call … now"),
            ("+1 (555) 123-4567", "…"),
            ("+44 (0)20 7946 0958", "…"),
            ("+33.1.23.45.67.89", "…"),
            ("tel:+49-30-123456;", "tel:…;"),
            ("(555) 123-4567", "…"),
            ("(555)123-4567", "…"),
            ("555-123-4567", "…"),
            ("555.123.4567.", "…."),
            ("1-800-555-0199", "…"),
            ("1-(800) 555-0199", "…"),
            ("Tel.: 030/1234567", "Tel.: …"),
            ("(030) 1234567", "…"),
            ("0171 2345678", "…"),
            ("020 7946 0958", "…"),
            ("01 23 45 67 89", "…"),
            ("01.23.45.67.89", "…"),
            ("0049 30 1234567", "…"),
            ("001 555 123 4567", "…"),
            ("010-1234-5678", "…"),
        ],
    );
    keeps(
        &PHONE,
        &[
            "2024-01-15T10:30:00+01:00",
            "2024-01-15 10:30:00.123456",
            "01-02-2024 10:30",
            "01/02/2024",
            "01/02/2024 12 Uhr",
            "0001 5551 2345",
            "1700000000",
            "1700000000.123456",
            "3.14159265358979",
            "+3.14159265",
            "x = 1+15551234567",
            "+1500000",
            "1e+1000000000",
            "192.168.100.200",
            "550e8400-e29b-41d4-a716-446655440000",
            "256 512 1024",
            "001 002 003 004",
            "ISBN 978-3-16-148410-0",
            "ISBN 0-306-40615-2",
            "order-555-123-4567",
            "v1.200.300",
            "4111 1111 1111 1111",
            "00012345678",
            "10-20",
            "123-45-6789",
        ],
    );
}

#[test]
fn account_numbers_are_found() {
    finds(
        &IBAN,
        &[
            ("DE89370400440532013000", "…"),
            ("pay to DE89 3704 0044 0532 0130 00 today", "pay to … today"),
            ("de89 3704 0044 0532 0130 00", "…"),
            ("GB29NWBK60161331926819, NO9386011117947", "…, …"),
            ("MT84MALT011000012345MTLCAST001S", "…"),
            ("IBAN:CH93-0076-2011-6238-5295-7", "IBAN:…"),
        ],
    );
    keeps(
        &IBAN,
        &[
            "DE89370400440532013001",
            "DE8937040044053201300",
            "DE893704004405320130000",
            "XX89370400440532013000",
            "ADE89370400440532013000",
            "DE89",
            "",
        ],
    );
}

#[test]
fn credentials_of_requests_are_found_and_their_scheme_stays() {
    finds(
        &BEARER,
        &[
            ("Authorization: Bearer abc", "Authorization: Bearer abc"),
            ("Authorization: Bearer abcd", "Authorization: Bearer …"),
            ("authorization: Basic dXNlcjpwYXNz\nhost: x", "authorization: Basic …\nhost: x"),
            ("Proxy-Authorization=token s3cr3t", "Proxy-Authorization=token …"),
            (r#"{"Authorization": "Bearer secret-word"}"#, r#"{"Authorization": "Bearer …"}"#),
            (r#"\"authorization\":\"Bearer secretword\""#, r#"\"authorization\":\"Bearer …\""#),
            ("Authorization: Digest username=\"ann\", response=\"x\"", "Authorization: Digest …"),
            ("Authorization: Signature keyId=\"ann\",signature=\"x\"", "Authorization: Signature …"),
            ("authorization=AWS4-HMAC-SHA256 Credential=a/b, Signature=c", "authorization=AWS4-HMAC-SHA256 …"),
            ("Authorization: ApiKey secretword", "Authorization: ApiKey …"),
            ("Authorization: Negotiate secretword", "Authorization: Negotiate …"),
            ("Authorization: 0123456789", "Authorization: …"),
            ("curl -H 'Bearer abc.def/123='", "curl -H 'Bearer …'"),
            ("bearer aB3456789", "bearer …"),
        ],
    );
    keeps(
        &BEARER,
        &["the bearer of this", "bearer certificates", "authorization: required", "Bearer", "forbearer 12345678"],
    );
}

#[test]
fn api_keys_are_found() {
    let long = "a1B2".repeat(10);
    for prefix in [
        "sk-",
        "sk-ant-api03-",
        "sk-proj-",
        "sk_live_",
        "rk_test_",
        "whsec_",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xapp-",
        "AIza",
        "ya29.",
        "GOCSPX-",
        "hf_",
        "gsk_",
        "xai-",
        "pplx-",
        "r8_",
        "tvly-",
        "lsv2_pt_",
        "npm_",
        "pypi-",
    ] {
        finds(&API_KEYS, &[(&format!("KEY={prefix}{long}, done"), "KEY=…, done")]);
    }
    finds(
        &API_KEYS,
        &[
            ("AKIAIOSFODNN7EXAMPLE", "…"),
            ("ASIAIOSFODNN7EXAMPLE ABIAIOSFODNN7EXAMPLE ACCAIOSFODNN7EXAMPLE", "… … …"),
            ("xoxb-12345678", "…"),
            ("SG.abcdefghijklmnop.abcdefghijklmnop", "…"),
            ("postgres://app:hunter2@db/app", "postgres://app:…@db/app"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx", "…\nx"),
            ("a -----BEGIN PRIVATE KEY-----\\nMII", "a …"),
        ],
    );
    keeps(
        &API_KEYS,
        &[
            "sk-folding-cube-container-wide",
            "AKIASHORT",
            "risk-a1B2a1B2a1B2a1B2a1B2",
            "http://host:80/a@b",
            "hf_x",
            "SG.a.b",
        ],
    );
}

#[test]
fn json_web_tokens_are_found() {
    let (header, claims) = ("eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiJhbm4ifQ");
    finds(
        &JWT,
        &[
            (&format!("token {header}.{claims}.s1-_g end"), "token … end"),
            (&format!("{header}.{claims}."), "…"),
            (&format!("{header}.{claims}"), "…"),
            (&format!("{header}.a.b.c.d"), "…"),
            (&format!("{header}..b.c.d"), "…"),
        ],
    );
    keeps(&JWT, &["eyJhbGciOiJIUzI1NiJ9", "keyJabcdef.a.b", "eyJ.a.b", ""]);
}

#[test]
fn ways_to_write_the_same_are_the_same() {
    for (rule, one, other) in [
        (&CARD, "4111 1111 1111 1111", "4111-1111-1111-1111"),
        (&IBAN, "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        (&PHONE, "+1 (555) 123-4567", "+15551234567"),
        (&EMAIL, "Ann@Example.com", "ann%40example.com"),
    ] {
        assert_eq!((rule.canonical)(one), (rule.canonical)(other));
    }
}

/// A quadratic search would take minutes here.
#[test]
fn a_long_text_takes_no_more_than_its_share_of_time() {
    const LENGTH: usize = 1 << 16;
    for unit in [
        "a",
        "a@",
        "@",
        "a@b",
        "a.",
        "a%40",
        "\"@",
        "1",
        "1 ",
        "4111 ",
        "4111-",
        "0",
        "00 ",
        "030 ",
        "+1",
        "+",
        "(",
        "(0",
        "DE",
        "DE89",
        "DE89 ",
        "eyJ",
        "eyJaaaaa.",
        "sk-",
        "bearer ",
        "authorization:",
        "://a:",
        "-----BEGIN PRIVATE KEY-----",
        "\u{1f600}",
    ] {
        let text = unit.repeat(LENGTH / unit.len());
        for rule in [&EMAIL, &CARD, &PHONE, &IBAN, &BEARER, &API_KEYS, &JWT] {
            let start = std::time::Instant::now();
            shortened(rule, &text);
            assert!(start.elapsed().as_secs() < 120, "{} in {unit:?}: {:?}", rule.name, start.elapsed());
        }
    }
}
