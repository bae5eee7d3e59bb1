use std::ffi::OsString;

use super::TraceConfig;
use crate::redact::flags::SWITCHES;

impl TraceConfig {
    /// The names of the flags that hide, each with its variable where that decided; code decided the others.
    pub(crate) fn origins(
        &self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Vec<(&'static str, Option<&'static str>)> {
        let settled = self.settle(lookup);
        let hiding = SWITCHES.iter().filter(|switch| settled.flags.intersects(switch.flag));
        hiding.map(|switch| (switch.name, (!self.hidden.intersects(switch.flag)).then_some(switch.variable))).collect()
    }
}
