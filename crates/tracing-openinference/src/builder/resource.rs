use std::collections::BTreeMap;

use openinference_semconv::keys;
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use super::env::{Env, Source, Sourced};
use crate::BuildError;

const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
pub(super) const SERVICE_NAME: &str = "service.name";

/// What code says about the resource.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish<'a> {
    pub(super) project: Option<&'a str>,
    pub(super) service_name: Option<&'a str>,
    pub(super) attributes: &'a [KeyValue],
}

/// Finds the project and builds the resource that carries it.
///
/// Attributes, weakest first: `telemetry.*`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME` (the specification's order;
/// the SDK has it the other way around), code. The project is decided last.
pub(super) fn read(
    env: &Env,
    code: &Wish<'_>,
    warnings: &mut Vec<String>,
) -> Result<(Sourced<String>, Resource), BuildError> {
    let mut attributes = attributes(env, warnings)?;
    let project = project(env, code, &attributes, warnings)?;
    attributes.insert(keys::OPENINFERENCE_PROJECT_NAME.to_owned(), project.value.clone());
    let service_name = match code.service_name {
        Some(name) => Some(name.to_owned()),
        None => env.text("OTEL_SERVICE_NAME")?.map(|name| name.value),
    };
    if let Some(name) = service_name {
        attributes.insert(SERVICE_NAME.to_owned(), name);
    }
    attributes.entry(SERVICE_NAME.to_owned()).or_insert_with(|| unknown_service(env));
    let resource = Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes([
            KeyValue::new("telemetry.distro.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        ])
        .with_attributes(attributes.into_iter().map(|(key, value)| KeyValue::new(key, Value::from(value))))
        .with_attributes(
            code.attributes.iter().filter(|kv| kv.key.as_str() != keys::OPENINFERENCE_PROJECT_NAME).cloned(),
        )
        .build();
    Ok((project, resource))
}

/// Who names the service.
pub(super) fn service_source(env: &Env, code: &Wish<'_>) -> Source {
    if code.service_name.is_some() {
        Source::Code("service_name")
    } else if code.attributes.iter().any(|kv| kv.key.as_str() == SERVICE_NAME) {
        Source::Code("resource_attribute")
    } else if env.sets("OTEL_SERVICE_NAME") {
        Source::Variable("OTEL_SERVICE_NAME")
    } else if attributes(env, &mut Vec::new()).is_ok_and(|attributes| attributes.contains_key(SERVICE_NAME)) {
        Source::Variable(RESOURCE_ATTRIBUTES)
    } else {
        Source::Default
    }
}

/// The same resource, with a project and attributes of its own.
pub(super) fn with(resource: &Resource, project: Option<&str>, attributes: &[KeyValue]) -> Resource {
    let project = project.filter(|project| !project.is_empty());
    let project = project.map(|project| KeyValue::new(keys::OPENINFERENCE_PROJECT_NAME, project.to_owned()));
    let known = resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let schema = resource.schema_url().map(str::to_owned);
    let builder = match schema {
        Some(url) => Resource::builder_empty().with_schema_url(known, url),
        None => Resource::builder_empty().with_attributes(known),
    };
    builder.with_attributes(attributes.iter().cloned()).with_attributes(project).build()
}

fn project(
    env: &Env,
    code: &Wish<'_>,
    attributes: &BTreeMap<String, String>,
    warnings: &mut Vec<String>,
) -> Result<Sourced<String>, BuildError> {
    if let Some(project) = code.project.filter(|project| !project.is_empty()) {
        return Ok(Sourced::new(project.to_owned(), Source::Code("project")));
    }
    let in_code = code.attributes.iter().find(|kv| kv.key.as_str() == keys::OPENINFERENCE_PROJECT_NAME);
    if let Some(project) = in_code {
        return Ok(Sourced::new(project.value.as_str().into_owned(), Source::Code("resource_attribute")));
    }
    match (env.text("PHOENIX_PROJECT")?, env.text("PHOENIX_PROJECT_NAME")?) {
        (Some(project), alias) => {
            if let Some(alias) = alias.filter(|alias| alias.value != project.value) {
                warnings.push(format!(
                    "{} = {:?} is used, {} = {:?} is not",
                    project.source, project.value, alias.source, alias.value
                ));
            }
            Ok(project)
        }
        (None, Some(alias)) => Ok(alias),
        (None, None) => Ok(match attributes.get(keys::OPENINFERENCE_PROJECT_NAME).filter(|name| !name.is_empty()) {
            Some(name) => Sourced::new(name.clone(), Source::Variable(RESOURCE_ATTRIBUTES)),
            None => Sourced::by_default("default".to_owned()),
        }),
    }
}

/// `key=value,key2=value2`, values percent-decoded as the
/// [specification](https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable)
/// says and the SDK does not. An entry that cannot be read labels nothing and loses nothing: it is said and skipped.
fn attributes(env: &Env, warnings: &mut Vec<String>) -> Result<BTreeMap<String, String>, BuildError> {
    let mut attributes = BTreeMap::new();
    let Some(list) = env.text(RESOURCE_ATTRIBUTES)? else { return Ok(attributes) };
    for entry in list.value.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        match entry.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
            Some((key, value)) if !key.is_empty() => {
                let value = percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned();
                attributes.insert(key.to_owned(), value);
            }
            _ => warnings.push(format!("{} has an entry that is not key=value, ignored: {entry:?}", list.source)),
        }
    }
    Ok(attributes)
}

fn unknown_service(env: &Env) -> String {
    match &env.executable {
        Some(executable) => format!("unknown_service:{executable}"),
        None => "unknown_service".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key;

    use super::*;

    fn resource(env: &Env, code: &Wish<'_>) -> (Sourced<String>, Resource, Vec<String>) {
        let mut warnings = Vec::new();
        let (project, resource) = read(env, code, &mut warnings).unwrap();
        (project, resource, warnings)
    }

    fn text(resource: &Resource, key: &'static str) -> String {
        resource.get(&Key::from_static_str(key)).map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_service_name_variable_beats_the_attribute_list() {
        let env = Env::of([(RESOURCE_ATTRIBUTES, "service.name=list,a=1"), ("OTEL_SERVICE_NAME", "variable")]);
        let (_, both, _) = resource(&env, &Wish::default());
        assert_eq!((text(&both, SERVICE_NAME).as_str(), text(&both, "a").as_str()), ("variable", "1"));

        let (_, code, _) = resource(&env, &Wish { service_name: Some("code"), ..Wish::default() });
        assert_eq!(text(&code, SERVICE_NAME), "code");

        let (_, list, _) = resource(&Env::of([(RESOURCE_ATTRIBUTES, "service.name=list")]), &Wish::default());
        assert_eq!(text(&list, SERVICE_NAME), "list");
    }

    #[test]
    fn a_service_without_a_name_is_called_after_its_program() {
        let mut env = Env::of([]);
        assert_eq!(text(&resource(&env, &Wish::default()).1, SERVICE_NAME), "unknown_service");
        env.executable = Some("support-bot".to_owned());
        assert_eq!(text(&resource(&env, &Wish::default()).1, SERVICE_NAME), "unknown_service:support-bot");
    }

    #[test]
    fn attribute_values_are_percent_decoded_and_bad_entries_are_said() {
        let env = Env::of([(RESOURCE_ATTRIBUTES, " a=x%2Cy%20z , novalue, =v, b= ,c=1=2")]);
        let (_, resource, warnings) = resource(&env, &Wish::default());
        assert_eq!(text(&resource, "a"), "x,y z");
        assert_eq!(text(&resource, "c"), "1=2");
        assert_eq!(warnings.len(), 2, "{warnings:?}");
    }

    #[test]
    fn the_project_is_found_in_order() {
        let list = (RESOURCE_ATTRIBUTES, "openinference.project.name=list");
        let (alias, canon) = (("PHOENIX_PROJECT_NAME", "alias"), ("PHOENIX_PROJECT", "canon"));
        for (env, expected) in [
            (Env::of([]), "default"),
            (Env::of([list]), "list"),
            (Env::of([list, alias]), "alias"),
            (Env::of([list, alias, canon]), "canon"),
        ] {
            let (project, resource, _) = resource(&env, &Wish::default());
            assert_eq!(project.value, expected);
            assert_eq!(text(&resource, keys::OPENINFERENCE_PROJECT_NAME), expected);
        }
        let env = Env::of([list, alias, canon]);
        let attributes = [KeyValue::new(keys::OPENINFERENCE_PROJECT_NAME, "attribute")];
        let code = Wish { project: Some("code"), attributes: &attributes, ..Wish::default() };
        let (project, in_code, warnings) = resource(&env, &code);
        assert_eq!(project, Sourced::new("code".to_owned(), Source::Code("project")));
        assert_eq!(text(&in_code, keys::OPENINFERENCE_PROJECT_NAME), "code");
        assert!(warnings.is_empty());
    }

    #[test]
    fn two_projects_that_differ_are_said_once() {
        let env = Env::of([("PHOENIX_PROJECT_NAME", "alias"), ("PHOENIX_PROJECT", "canon")]);
        let (_, _, warnings) = resource(&env, &Wish::default());
        assert_eq!(warnings, [r#"PHOENIX_PROJECT = "canon" is used, PHOENIX_PROJECT_NAME = "alias" is not"#]);
        let env = Env::of([("PHOENIX_PROJECT_NAME", "same"), ("PHOENIX_PROJECT", "same")]);
        assert!(resource(&env, &Wish::default()).2.is_empty());
    }

    #[test]
    fn the_resource_says_who_made_it() {
        let (_, resource, _) = resource(&Env::of([]), &Wish::default());
        assert_eq!(text(&resource, "telemetry.sdk.language"), "rust");
        assert_eq!(text(&resource, "telemetry.distro.name"), "tracing-openinference");
    }
}
