use serde_json::{Map, Value as Json};

use super::json;

/// One object of a list, whichever way its fields are spelt.
///
/// `content`, `message.content` and `message: { content }` are the same field of a record with the name `message`:
/// the first is everybody's, the others are what OpenInference itself looks like as JSON.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    outer: &'a Map<String, Json>,
    inner: Option<&'a Map<String, Json>>,
    name: &'static str,
    dotted: bool,
}

impl<'a> Record<'a> {
    pub(super) fn of(json: &'a Json, name: &'static str) -> Option<Self> {
        let outer = json.as_object()?;
        let inner = outer.get(name).and_then(Json::as_object);
        let dotted = |map: &Map<String, Json>| map.keys().any(|key| key.contains('.'));
        Some(Self { outer, inner, name, dotted: dotted(outer) || inner.is_some_and(dotted) })
    }

    /// The first of `names` that is there and not `null`.
    pub(super) fn get(&self, names: &[&str]) -> Option<&'a Json> {
        names.iter().find_map(|name| self.field(name))
    }

    /// The first of `names` as text, whatever its type.
    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        self.get(names).and_then(json::plain)
    }

    /// The first of `names` as a finite number, also where it was written as a string.
    pub(super) fn number(&self, names: &[&str]) -> Option<f64> {
        let number = match self.get(names)? {
            Json::String(text) => text.trim().parse().ok()?,
            json => json.as_f64()?,
        };
        number.is_finite().then_some(number)
    }

    /// The fields that are none of `names`.
    pub(super) fn others(&self, names: &[&str]) -> impl Iterator<Item = (&'a String, &'a Json)> {
        let own = |key: &str| {
            let key = key.strip_prefix(self.name).map_or(key, |rest| rest.strip_prefix('.').unwrap_or(key));
            key == self.name || names.contains(&key)
        };
        let fields = self.outer.iter().chain(self.inner.into_iter().flatten());
        fields.filter(move |(key, value)| !own(key) && !value.is_null()).collect::<Vec<_>>().into_iter()
    }

    /// Whether there is nothing in it, or nothing but `null`.
    pub(super) fn is_empty(&self) -> bool {
        self.inner.unwrap_or(self.outer).values().all(Json::is_null)
    }

    fn field(&self, name: &str) -> Option<&'a Json> {
        let there = |map: &'a Map<String, Json>, name: &str| map.get(name).filter(|value| !value.is_null());
        let plain = self.inner.and_then(|inner| there(inner, name)).or_else(|| there(self.outer, name));
        if plain.is_some() || !self.dotted {
            return plain;
        }
        let name = format!("{}.{name}", self.name);
        self.inner.and_then(|inner| there(inner, &name)).or_else(|| there(self.outer, &name))
    }
}
