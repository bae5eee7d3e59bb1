//! What the module for tests needs of the front door.

use super::{Builder, OpenInference, env::Env};
use crate::BuildError;

impl Builder {
    /// Builds what code says, whatever the environment of the process says.
    pub(crate) fn build_alone(mut self) -> Result<OpenInference, BuildError> {
        self.overrides.only_in.clear();
        self.verbose = false;
        self.build_from(&Env::from_lookup(|_| None))
    }
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    super::headers::base64(bytes)
}
