//! ship
pub(crate) fn on_export_thread() -> bool {
    false
}
