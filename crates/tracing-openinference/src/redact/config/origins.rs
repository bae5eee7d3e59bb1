use std::borrow::Cow;
use std::ffi::OsString;

use super::TraceConfig;
use crate::redact::flags::SWITCHES;

impl TraceConfig {
    /// The names of the flags that hide, each with its variable where that decided, and of the application's rules; code
    /// decided the others.
    pub(crate) fn origins(
        &self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> Vec<(Cow<'static, str>, Option<&'static str>)> {
        let settled = self.settle(lookup);
        let hiding = SWITCHES.iter().filter(|switch| settled.flags.intersects(switch.flag));
        let flags = hiding
            .map(|switch| (switch.name.into(), (!self.hidden.intersects(switch.flag)).then_some(switch.variable)));
        flags.chain(self.redactions.iter().map(|rule| (rule.name.clone(), None))).collect()
    }
}
