use openinference_semconv::{Indexed, keys};
use opentelemetry::{Array, Key, Value};

use super::{Element, Listed, put};

/// A text and the vector it became: `embedding.embeddings.N.embedding.*`.
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "an embedding does nothing until it is set on a span"]
pub struct Embedding {
    text: Option<String>,
    vector: Option<Vec<f64>>,
}

impl Embedding {
    /// `text` and the vector it became.
    pub fn new(text: impl Into<String>, vector: impl IntoIterator<Item: Into<f64>>) -> Self {
        Self::default().text(text).vector(vector)
    }

    /// Sets `embedding.text`. OpenInference wants it only where the model was given text, not token ids.
    pub fn text(self, text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..self }
    }

    /// Sets `embedding.vector`.
    pub fn vector(self, vector: impl IntoIterator<Item: Into<f64>>) -> Self {
        Self { vector: Some(vector.into_iter().map(Into::into).collect()), ..self }
    }
}

impl Listed for Embedding {
    const TELLING: &'static [&'static str] = &[keys::EMBEDDING_TEXT, keys::EMBEDDING_VECTOR];
}

impl Element for Embedding {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key(keys::EMBEDDING_TEXT), self.text);
        put(out, || at.key(keys::EMBEDDING_VECTOR), self.vector.map(|vector| Value::Array(Array::F64(vector))));
    }
}

impl From<&str> for Embedding {
    fn from(text: &str) -> Self {
        Self::default().text(text)
    }
}

impl From<String> for Embedding {
    fn from(text: String) -> Self {
        Self::default().text(text)
    }
}

impl<F: Into<f64>> From<Vec<F>> for Embedding {
    fn from(vector: Vec<F>) -> Self {
        Self::default().vector(vector)
    }
}

impl<F: Copy + Into<f64>> From<&[F]> for Embedding {
    fn from(vector: &[F]) -> Self {
        Self::default().vector(vector.iter().copied())
    }
}

impl<T: Into<String>, V: IntoIterator<Item: Into<f64>>> From<(T, V)> for Embedding {
    fn from((text, vector): (T, V)) -> Self {
        Self::new(text, vector)
    }
}
