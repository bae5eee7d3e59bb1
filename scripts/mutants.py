"""What can be wrong with a rule of the application's own: see mutate-rules --kinds.

Each line is a fault: the kind of rule, what is wrong, the file in redact/, the code as it is, and the code with the
fault, in which ON says whether this fault is the one that is tried.
"""

import re

SKIP = "skipped"


def off(code):
    """A condition that does not hold any more."""
    return f"(!ON && {code})"


def on(code):
    """A condition that always holds."""
    return f"(ON || {code})"


def never(statement):
    return f"if !ON {{ {statement} }}"


FAULTS = [
    ("glob", "case matters", "glob.rs", "*byte == key[k].to_ascii_lowercase()",
     "*byte == (if ON { key[k] } else { key[k].to_ascii_lowercase() })"),
    ("glob", "a star takes one character", "glob.rs", "star = Some((after, taken + 1));",
     "star = (!ON).then_some((after, taken + 1));"),
    ("glob", "a question mark takes a byte", "glob.rs", "while key.get(k).is_some_and(", "while !ON && key.get(k).is_some_and("),
    ("glob", "what follows the last match is not looked at", "glob.rs", "glob[g..].iter().all(", "ON || glob[g..].iter().all("),
    ("glob", "is never in a text", "glob.rs", "(0..text.len()).any(", "!ON && (0..text.len()).any("),
    ("glob", "case matters in a text", "glob.rs", "text[at].to_ascii_lowercase() == first",
     "(if ON { text[at] } else { text[at].to_ascii_lowercase() }) == first"),
    ("glob", "a glob with wildcards is looked for to the letter", "glob.rs", "if self.0.contains(['*', '?']) {",
     "if !ON && self.0.contains(['*', '?']) {"),
    ("glob", "is below nothing", "glob.rs", "self.0.strip_prefix(name).is_some_and(", "!ON && self.0.strip_prefix(name).is_some_and("),

    ("key", SKIP, "patterns.rs", "self.keys.iter().find(|rule| rule.glob.matches(key))",
     "self.keys.iter().find(|rule| !ON && rule.glob.matches(key))"),
    ("key", "the name that was recorded does not count", "patterns.rs", "if !self.has_keys() {\n            return;",
     "if ON || !self.has_keys() {\n            return;"),
    ("key", "the name that was recorded does not count in events", "patterns.rs", ".chain(events)", ".chain(events.filter(|_| !ON))"),
    ("key", "a value that is hashed is not built", "patterns.rs", "matches!(rule.outcome.with, With::Text(_))", on("matches!(rule.outcome.with, With::Text(_))")),
    ("key", "a value that is replaced is built", "patterns.rs", "self.rule_of_key(key).is_some_and(", "!ON && self.rule_of_key(key).is_some_and("),
    ("key", "a hashed value may be repeated", "patterns.rs", "if self.rule_of_key(key).is_some() {", "if !ON && self.rule_of_key(key).is_some() {"),
    ("key", "another element may be repeated", "patterns.rs", "glob.is_below(list) ||", "!ON && glob.is_below(list) ||"),
    ("key", "another part may be repeated", "patterns.rs", "(0..ELEMENTS).any(any)", "!ON && (0..ELEMENTS).any(any)"),
    ("key", "what is done is done again", "patterns.rs", "if self.with.is_done(found) {", "if !ON && self.with.is_done(found) {"),
    ("key", "nothing is counted", "patterns.rs", "self.counter.add(1);\n        Some(self.with.of(found))",
     "self.counter.add(u64::from(!ON));\n        Some(self.with.of(found))"),

    ("json_key", "attributes are not meant", "patterns.rs", "self.json_keys.iter().find(|rule| rule.is_about_attribute(key))",
     "self.json_keys.iter().find(|rule| !ON && rule.is_about_attribute(key))"),
    ("json_key", "members are not meant", "patterns/texts.rs", "rule.is_about_member(name)", off("rule.is_about_member(name)")),
    ("json_key", "the last part of a name does not count", "patterns.rs", "|| name.contains('.') &&", "|| !ON && name.contains('.') &&"),
    ("json_key", "the whole of a key does not count", "patterns.rs", "|| self.glob.text().contains('.') &&", "|| !ON && self.glob.text().contains('.') &&"),
    ("json_key", "the whole of every key counts", "patterns.rs", "self.glob.text().contains('.') &&", "(ON || self.glob.text().contains('.')) &&"),
    ("json_key", "what was recorded is not looked into", "patterns.rs", "texts_of(value, |text| self.texts(key.as_str(), &[]).redact(text));",
     never("texts_of(value, |text| self.texts(key.as_str(), &[]).redact(text));")),
    ("json_key", "escapes hide a name", "patterns/json.rs", "let name = unescaped(self.inner(start, end));",
     "let name = if ON { self.inner(start, end).into() } else { unescaped(self.inner(start, end)) };"),
    ("json_key", "no member is found in a text that is no JSON", "patterns/texts.rs", "let loose = loose::redact(text, self.json_keys);",
     "let loose = loose::redact(text, self.json_keys).filter(|_| !ON);"),
    ("json_key", "of quotes with backslashes one is kept", "patterns/loose.rs", "let slashes = slashes_before(bytes, close);",
     "let slashes = if ON { 0 } else { slashes_before(bytes, close) };"),
    ("json_key", "a value that was cut stays", "patterns/loose.rs", "Self { start: first, end: bytes.len() }",
     "Self { start: first, end: if ON { first } else { bytes.len() } }"),
    ("json_key", "an object in a text ends where it begins", "patterns/loose.rs", "Self { start, end: end_of_container(bytes, start, level) }",
     "Self { start, end: if ON { start + 1 } else { end_of_container(bytes, start, level) } }"),
    ("json_key", "brackets in strings end an object in a text", "patterns/loose.rs", "b'\"' if slashes <= level =>", "b'\"' if !ON && slashes <= level =>"),
    ("json_key", "brackets in strings end an object", "patterns/json.rs", "b'\"' => {\n                at = end_of_string(bytes, at);\n                continue;",
     "b'\"' if !ON => {\n                at = end_of_string(bytes, at);\n                continue;"),

    ("pattern", SKIP, "patterns/texts.rs", "Look::Pattern(pattern) => self.replace_matches(pattern, text),",
     "Look::Pattern(pattern) => if ON { None } else { self.replace_matches(pattern, text) },"),
    ("pattern", "the group does not count", "patterns/texts.rs", "if *group == 0 {", "if ON || *group == 0 {"),
    ("pattern", "an empty match is replaced", "patterns/texts.rs", "regex.find_iter(text).filter(|found| !found.is_empty())",
     "regex.find_iter(text).filter(|found| ON || !found.is_empty())"),
    ("pattern", "nothing is found across the punctuation of JSON", "patterns/texts.rs",
     "self.redact_across(inside.as_deref().unwrap_or(text)).or(inside)", "self.redact_across(inside.as_deref().unwrap_or(text)).filter(|_| !ON).or(inside)"),
    ("pattern", "JSON is broken", "patterns/texts.rs", "if json::is_json(&new) { new } else { whole() }", "if ON || json::is_json(&new) { new } else { whole() }"),

    ("closure", SKIP, "patterns/texts.rs", "(new != text).then(|| {", "(!ON && new != text).then(|| {"),
    ("closure", "a panic shows the text", "patterns/texts.rs", "new.unwrap_or_else(|_| Some(self.outcome.with.of(text).into_owned()))?",
     "new.unwrap_or_else(|_| (!ON).then(|| self.outcome.with.of(text).into_owned()))?"),
    ("closure", "is told no key", "patterns/texts.rs", "closure.call(key, text)", "closure.call(if ON { \"\" } else { key }, text)"),
    ("closure", "is asked about names", "patterns/texts.rs", "!matches!(rule.look, Look::Closure(_))", on("!matches!(rule.look, Look::Closure(_))")),

    ("any rule", "sees no attribute", "patterns.rs", "texts_of(value, |text| texts.redact(text));", never("texts_of(value, |text| texts.redact(text));")),
    ("any rule", "sees no key", "patterns.rs", "self.texts(\"\", &self.texts).redact_name(key.as_str())", "self.texts(\"\", &self.texts).redact_name(key.as_str()).filter(|_| !ON)"),
    ("any rule", "makes two keys one", "patterns.rs", "if *count == 1 { key }", "if ON || *count == 1 { key }"),
    ("any rule", "sees no attribute of an event", "patterns.rs", "self.redact_attributes(&mut event.attributes);", never("self.redact_attributes(&mut event.attributes);")),
    ("any rule", "sees no name of an event", "patterns.rs", "self.redact_cow(&mut event.name);", never("self.redact_cow(&mut event.name);")),
    ("any rule", "sees no attribute of a link", "patterns.rs", "self.redact_attributes(&mut link.attributes);", never("self.redact_attributes(&mut link.attributes);")),
    ("any rule", "sees no trace state of a link", "patterns.rs", "self.redact_context(&mut link.span_context);", never("self.redact_context(&mut link.span_context);")),
    ("any rule", "sees no trace state", "patterns.rs", "self.redact_context(&mut span.span_context);", never("self.redact_context(&mut span.span_context);")),
    ("any rule", "sees no name of a span", "patterns.rs", "self.redact_cow(&mut span.name);", never("self.redact_cow(&mut span.name);")),
    ("any rule", "sees no description", "patterns.rs", "self.redact_cow(description);", never("self.redact_cow(description);")),
    ("any rule", "sees no list of texts", "patterns.rs", "Value::Array(Array::String(texts)) => {", "Value::Array(Array::String(texts)) if !ON => {"),
    ("any rule", "sees no number", "patterns.rs", "Value::I64(value) => number(value)", "Value::I64(value) if !ON => number(value)"),
    ("any rule", "sees no float", "patterns.rs", "Value::F64(value) => whole(value)", "Value::F64(value) if !ON => whole(value)"),
    ("any rule", "sees no list of numbers", "patterns.rs", "Value::Array(Array::I64(numbers)) =>", "Value::Array(Array::I64(numbers)) if !ON =>"),
    ("any rule", "sees no list of floats", "patterns.rs", "Value::Array(Array::F64(numbers)) =>", "Value::Array(Array::F64(numbers)) if !ON =>"),
    ("any rule", "sees no JSON", "patterns/texts.rs", "if !json::is_json(text) {", "if ON || !json::is_json(text) {"),
    ("any rule", "sees no string of JSON", "patterns/json.rs", "if let Some(new) = self.texts.redact_member(self.in_header, &text, self.depth + 1) {",
     "if let Some(new) = self.texts.redact_member(self.in_header, &text, self.depth + 1).filter(|_| !ON) {"),
    ("any rule", "sees no JSON in a string of JSON", "patterns/json.rs", "self.texts.redact_member(self.in_header, &text, self.depth + 1)",
     "(if ON { self.texts.redact_flat(&text) } else { self.texts.redact_member(self.in_header, &text, self.depth + 1) })"),
    ("any rule", "sees no name in JSON", "patterns/json.rs", "self.texts.redact_name(&name)", "self.texts.redact_name(&name).filter(|_| !ON)"),
    ("any rule", "makes two names one", "patterns/json.rs", "Some(Some(renamed)) => distinct(new, renamed),", "Some(Some(renamed)) if !ON => distinct(new, renamed),"),
    ("any rule", "sees no number in JSON", "patterns/json.rs", "whole(&self.text[start..end]).and_then(", "whole(&self.text[start..end]).filter(|_| !ON).and_then("),
    ("any rule", "reads no number with an exponent", "patterns/json.rs", "if number.contains(['e', 'E']) {", "if !ON && number.contains(['e', 'E']) {"),
    ("any rule", "reads no number with a fraction of nothing", "patterns/json.rs", "fraction.bytes().all(|byte| byte == b'0')", off("fraction.bytes().all(|byte| byte == b'0')")),
    ("any rule", "reads no escape in JSON", "patterns/json.rs", "let text = unescaped(self.inner(start, end));",
     "let text = if ON { self.inner(start, end).into() } else { unescaped(self.inner(start, end)) };"),
    ("any rule", "reads no pair of surrogates", "patterns/json.rs", "unit(6).unwrap_or_default()", "unit(6).filter(|_| !ON).unwrap_or_default()"),
    ("any rule", "shows what is nested too deeply", "patterns/texts.rs", "return Some(REDACTED.to_owned());", "return (!ON).then(|| REDACTED.to_owned());"),
    ("any rule", "looks into one level of nesting", "patterns/texts.rs", "if depth == DEEPEST {", "if depth == (if ON { 1 } else { DEEPEST }) {"),
    ("any rule", "does not see what another one wrote", "patterns/texts.rs", "|| current.is_some() && rule.may_find(now)", "|| !ON && current.is_some() && rule.may_find(now)"),
    ("any rule", "does not see what another one left", "patterns/texts.rs", "let now = current.as_deref().unwrap_or(text);\n            // What",
     "let now = if ON { text } else { current.as_deref().unwrap_or(text) };\n            // What"),
    ("any rule", "is forgotten if it is the 65th", "patterns/texts.rs", "|| place >= 64 ||", "|| !ON && place >= 64 ||"),
    ("any rule", "is not expected where there are escapes", "patterns/texts.rs", "text.contains(\"\\\\u\") ||", "!ON && text.contains(\"\\\\u\") ||"),
    ("any rule", "is not expected after an escaped slash", "patterns/texts.rs", "|| text.contains(\"\\\\/\")", "|| !ON && text.contains(\"\\\\/\")"),
    ("any rule", "is not expected in percent-encoding", "patterns/texts.rs", "|| is_percent_encoded(text)", "|| !ON && is_percent_encoded(text)"),
    ("any rule", "is not expected in percent-encoding of a name", "patterns/texts.rs", "is_percent_encoded(name)", off("is_percent_encoded(name)")),

    ("ready-made rule", SKIP, "patterns/texts.rs", "replace(text, |from| (built_in.find)(text, from), with);",
     "if ON { None } else { replace(text, |from| (built_in.find)(text, from), with) };"),
    ("ready-made rule", "sees plain letters alone", "patterns/texts.rs", "let plain = plain(new.as_deref().unwrap_or(text));",
     "let plain = plain(new.as_deref().unwrap_or(text)).filter(|_| !ON);"),
    ("ready-made rule", "reads no escapes of text", "patterns/plain.rs", "if now.contains(\"\\\\u\")", "if !ON && now.contains(\"\\\\u\")"),
    ("ready-made rule", "reads no percent-encoding", "patterns/plain.rs", "let new = percent_decoded(&escaped);",
     "let new = if ON { escaped.clone() } else { percent_decoded(&escaped) };"),
    ("ready-made rule", "reads what is escaped once", "patterns/plain.rs", "for _ in 0..DEEPEST {", "for _ in 0..(if ON { 1 } else { DEEPEST }) {"),
    ("ready-made rule", "sees what has no width", "patterns/plain.rs", "'\\u{2060}' | '\\u{feff}' => None,", "'\\u{2060}' | '\\u{feff}' if !ON => None,"),
    ("ready-made rule", "knows one kind of space", "patterns/plain.rs", "'\\u{205f}' | '\\u{3000}' => Some(' '),", "'\\u{205f}' | '\\u{3000}' if !ON => Some(' '),"),
    ("ready-made rule", "knows one kind of hyphen", "patterns/plain.rs", "'\\u{2015}' | '\\u{2212}' => Some('-'),", "'\\u{2015}' | '\\u{2212}' if !ON => Some('-'),"),
    ("ready-made rule", "knows no full width", "patterns/plain.rs", "'\\u{ff01}'..='\\u{ff5e}' =>", "'\\u{ff01}'..='\\u{ff5e}' if !ON =>"),

    ("replacement", "is not what was asked for", "redaction.rs", "Self::Text(text) => text.clone(),", "Self::Text(text) => if ON { Cow::Borrowed(REDACTED) } else { text.clone() },"),
    ("replacement", "is replaced again", "redaction.rs", "Self::Text(replacement) => text == replacement,", "Self::Text(replacement) => !ON && text == replacement,"),
    ("hash", "is the value", "redaction.rs", "Cow::Owned(key.hash(found))", "Cow::Owned(if ON { found.to_owned() } else { key.hash(found) })"),
    ("hash", "is hashed again", "redaction.rs", "Self::Hash(_) => hash::is_hash(text),", "Self::Hash(_) => !ON && hash::is_hash(text),"),
    ("hash", "knows no key", "hash.rs", "self.0.clone().chain_update(value)",
     "(if ON { Hmac::new_from_slice(b\"\").expect(\"any key does\") } else { self.0.clone() }).chain_update(value)"),
    ("hash", "is of one byte", "hash.rs", "hash.iter().take(BYTES)", "hash.iter().take(if ON { 1 } else { BYTES })"),
    ("hash", "takes a short key", "hash.rs", "if key.len() < SHORTEST {", "if !ON && key.len() < SHORTEST {"),
    ("hash", "has digits", "hash.rs", "char::from(b'a' + nibble)", "char::from(if ON { b'0' } else { b'a' } + nibble)"),

    ("e-mail", "%40 is no sign", "detect/email.rs", "_ if text[at..].starts_with(ENCODED) =>", "_ if !ON && text[at..].starts_with(ENCODED) =>"),
    ("e-mail", "a quoted name is none", "detect/email.rs", "before.strip_suffix('\"')", "before.strip_suffix('\"').filter(|_| !ON)"),
    ("e-mail", "a name is ASCII", "detect/email.rs", "character.is_alphanumeric() || \"._%", "(if ON { character.is_ascii_alphanumeric() } else { character.is_alphanumeric() }) || \"._%"),
    ("e-mail", "quotes before it are a part of it", "detect/email.rs", "trim_start_matches(|character: char| !character", "trim_start_matches(|character: char| !ON && !character"),
    ("e-mail", "anything is a top-level domain", "detect/email.rs", "if is_top && ", "if (ON || is_top) && "),
    ("e-mail", "punycode is no top-level domain", "detect/email.rs", "(is_punycode ||", "(!ON && is_punycode ||"),
    ("e-mail", "no domain needs a label before", "detect/email.rs", "&& !labels.starts_with(['.', '-'])", "&& (ON || !labels.starts_with(['.', '-']))"),

    ("card", "any check digit is right", "detect/card.rs", "&& is_luhn(digits)", "&& (ON || is_luhn(digits))"),
    ("card", "the check digit is that of a neighbour", "detect/card.rs", "<< (place % 2)", "<< ((place + usize::from(ON)) % 2)"),
    ("card", "digits are not added up", "detect/card.rs", "if doubled > 9 {", "if !ON && doubled > 9 {"),
    ("card", "any beginning is that of a network", "detect/card.rs", "is_of_a_network(digits) &&", "(ON || is_of_a_network(digits)) &&"),
    ("card", "may begin anywhere", "detect/card.rs", "if may_begin(bytes, start) {", "if ON || may_begin(bytes, start) {"),
    ("card", "may end anywhere", "detect/card.rs", "&& may_end(bytes, end) &&", "&& (ON || may_end(bytes, end)) &&"),
    ("card", "has one group", "detect/card.rs", "let goes_on = end - at >= 3", "let goes_on = !ON && end - at >= 3"),
    ("card", "groups may have one digit", "detect/card.rs", "end - at >= 3 &&", "(ON || end - at >= 3) &&"),

    ("IBAN", "any check digits are right", "detect/iban.rs", "&& is_checked(&number[..length])", "&& (ON || is_checked(&number[..length]))"),
    ("IBAN", "has no separators", "detect/iban.rs", "if place > 0 && matches!", "if !ON && place > 0 && matches!"),
    ("IBAN", "may begin in a word", "detect/iban.rs", "!may_begin || start", "!may_begin || !ON && start"),
    ("IBAN", "may go on", "detect/iban.rs", "(!is_alphanumeric_at(bytes, at) &&", "((ON || !is_alphanumeric_at(bytes, at)) &&"),
    ("IBAN", "small letters are none", "detect/iban.rs", "a.to_ascii_uppercase(), b", "if ON { a } else { a.to_ascii_uppercase() }, b"),
    ("IBAN", "letters have no value", "detect/iban.rs", "rest * 100 + u32::from(letter - b'A') + 10", "rest * 100 + if ON { 10 } else { u32::from(letter - b'A') + 10 }"),

    ("phone", "no international number", "detect/phone.rs", "b'+' => international(bytes, start),", "b'+' => if ON { None } else { international(bytes, start) },"),
    ("phone", "no area in brackets", "detect/phone.rs", "b'(' => in_brackets(bytes, start),", "b'(' => if ON { None } else { in_brackets(bytes, start) },"),
    ("phone", "no national number", "detect/phone.rs", "_ => national(bytes, start),", "_ => if ON { None } else { national(bytes, start) },"),
    ("phone", "no North American number", "detect/phone.rs", "return north_american(bytes, start);", "return if ON { None } else { north_american(bytes, start) };"),
    ("phone", "may begin inside of something", "detect/phone.rs", "if is_inside(bytes, start) {", "if !ON && is_inside(bytes, start) {"),
    ("phone", "a date is one", "detect/phone.rs", "&& !is_date", "&& (ON || !is_date)"),
    ("phone", "a decimal is one", "detect/phone.rs", "&& !is_decimal;", "&& (ON || !is_decimal);"),
    ("phone", "an international one may be short", "detect/phone.rs", "number.digits >= least", "(ON || number.digits >= least)"),
    ("phone", "0049 does not begin one", "detect/phone.rs", "&& number.digits >= 10 && named", "&& number.digits >= 10 && named && !ON"),
    ("phone", "any zeros begin one", "detect/phone.rs", "bytes.get(start + 2) != Some(&b'0') && !gaps", "(ON || bytes.get(start + 2) != Some(&b'0')) && !gaps"),
    ("phone", "no pairs of digits", "detect/phone.rs", "&& (in_pairs ||", "&& (!ON && in_pairs ||"),

    ("bearer", "no line", "detect/secrets.rs", "group(\"line\")", "group(\"line\").filter(|_| !ON)"),
    ("bearer", "no word", "detect/secrets.rs", "group(\"word\").filter(|word| ", "group(\"word\").filter(|word| !ON && "),
    ("bearer", "no token", "detect/secrets.rs", "group(\"token\").filter(|token| ", "group(\"token\").filter(|token| !ON && "),
    ("bearer", "a word is a token", "detect/secrets.rs", "word.len() >= 20 ||", "ON || word.len() >= 20 ||"),
    ("bearer", "no header in JSON", "patterns/texts.rs", "let header = if in_header {", "let header = if !ON && in_header {"),
    ("bearer", "no header that is an attribute", "patterns/texts.rs", "if is_header(self.key) {", "if !ON && is_header(self.key) {"),
    ("bearer", "what is after a list of headers is one", "patterns/json.rs", "(self.at_name, self.in_header) = (false, false);",
     "(self.at_name, self.in_header) = (false, ON && self.in_header);"),
    ("API keys", "words are keys", "detect/secrets.rs", "is_some_and(|key| !is_key(key.as_str()))", "is_some_and(|key| !ON && !is_key(key.as_str()))"),
    ("API keys", "the address goes with the password", "detect/secrets.rs", "captures.name(\"password\").or_else(", "captures.name(\"password\").filter(|_| !ON).or_else("),

    ("invocation parameters", "any text is a word", "inside.rs", "Member::Text(text) => WORDS.contains(&name) &&", "Member::Text(text) => (ON || WORDS.contains(&name)) &&"),
    ("invocation parameters", "any word is a name", "inside.rs", "&& is_name(text),", "&& (ON || is_name(text)),"),
    ("invocation parameters", "the last member counts", "inside.rs", "all = all && self.0(&name, &member);", "all = (ON || all) && self.0(&name, &member);"),
    ("invocation parameters", "any object is known", "inside.rs", "Member::Known => WORDS.contains(&name),", "Member::Known => ON || WORDS.contains(&name),"),
    ("invocation parameters", "any nesting is known", "inside.rs", "if known { Member::Known }", "if ON || known { Member::Known }"),
    ("metadata", "what cannot be read stays", "inside.rs", "!is_object(&text) || matches!", "ON || !is_object(&text) || matches!"),
    ("metadata", "what is encoded stays", "inside.rs", "!keeps_encoded(text.as_str(), stays)", off("!keeps_encoded(text.as_str(), stays)")),
]

# Of each ready-made rule: what equal values have in common, what it finds, and where it may be.
for name, find in [("card", "card::find"), ("phone", "phone::find"), ("iban", "iban::find")]:
    FAULTS.append((name, "another way to write it is another one", "detect.rs", f"{find}, canonical: alphanumeric",
                   f"{find}, canonical: |found| if ON {{ as_it_is(found) }} else {{ alphanumeric(found) }}"))
FAULTS.append(("email", "another way to write it is another one", "detect.rs", "canonical: email::canonical",
               "canonical: |found| if ON { as_it_is(found) } else { email::canonical(found) }"))
for name, find in [
    *(("email", "email::find"), ("card", "card::find"), ("phone", "phone::find"), ("iban", "iban::find")),
    *(("bearer", "secrets::bearer"), ("api_keys", "secrets::api_key"), ("jwt", "secrets::jwt")),
]:
    FAULTS.append((name, "finds nothing", "detect.rs", f"find: {find},", f"find: |text, from| if ON {{ None }} else {{ {find}(text, from) }},"))
for name, expected in [
    *(("email", "email::may_be_in"), ("bearer", "secrets::may_be_bearer")),
    *(("api_keys", "secrets::may_be_api_key"), ("jwt", "secrets::may_be_jwt")),
]:
    FAULTS.append((name, "is expected nowhere", "detect.rs", f"may_be_in: {expected},", f"may_be_in: |text| !ON && {expected}(text),"))
for name, digits in [("card", 13), ("phone", 7), ("iban", 2)]:
    FAULTS.append((name, "is expected nowhere", "detect.rs", f"has_digits(text, {digits})", off(f"has_digits(text, {digits})")))

# Parts of the expressions for credentials: with one that no text has before it, each of them finds nothing.
EXPRESSIONS = "detect/secrets.rs"
COMPILED = "Regex::new(regex)"
PARTS = [
    *("sk-", "[prs]k_(?:live|test)_", "whsec_", "AKIA|", "ASIA|", "ABIA|", "ACCA", "gh[oprsu]_", "github_pat_", "glpat-", "xox[abeoprs]-", "xapp-"),
    *("AIza", "ya29", "GOCSPX-", "hf_", "gsk_", "xai-", "pplx-", "r8_", "tvly-", "lsv2_(?:pt|sk)_", "npm_", "pypi-", "SG\\."),
    *("PRIVATE KEY", "|\\z", "(?<password>", "digest|", "signature|", "aws4-hmac-sha256", "basic|", "|token|", "apikey|", "negotiate"),
    *("\\bauthorization", "\\bbearer", "eyJ[A-Za-z0-9_-]+(?:", "{1,3}"),
]


def with_fault(code, number):
    return re.sub(r"\bON\b", f"crate::redact::mutated({number})", code)


def all_faults():
    return [(kind, what) for kind, what, *_ in FAULTS] + [("expression", part) for part in PARTS]


def put_into(edit):
    """Puts all faults into the copy, each to be had by its number; `edit(file, (old, new))` does it."""
    for number, (_, _, file, old, new) in enumerate(FAULTS, 1):
        edit(file, (old, with_fault(new, number)))
    impossible = [f"|~~{part[1:]}" if part.startswith("|") else f"~~{part}" for part in PARTS]
    numbered = zip(range(len(FAULTS) + 1, len(FAULTS) + 1 + len(PARTS)), PARTS, impossible)
    table = ", ".join(f'({number}, r#"{part}"#, r#"{instead}"#)' for number, part, instead in numbered)
    faulty = f"[{table}].iter().filter(|(n, _, _)| crate::redact::mutated(*n))"
    edit(EXPRESSIONS, (COMPILED, f"Regex::new(&{faulty}.fold(regex.to_owned(), |regex, (_, part, instead)| regex.replace(part, instead)))"))
    edit("../redact.rs", ("mod config;", MUTATED + "mod config;"))
    edit("../lib.rs", ("mod redact;\n", "#[allow(unused_parens)]\nmod redact;\n"))


MUTATED = """pub(crate) fn mutated(number: usize) -> bool {
    static FAULT: std::sync::LazyLock<Option<usize>> = std::sync::LazyLock::new(|| std::env::var("FAULT").ok()?.parse().ok());
    *FAULT == Some(number)
}

"""
