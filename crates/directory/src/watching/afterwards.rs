//! Whether the user's organisation turned out to be working with the child (rule 9.7).

use crate::names::fold;
use crate::source_record::{Content, Setting};

/// Whether what is held of a child names an organisation: as a service, a school, a practice or the holder of an
/// assessment. Names are compared folded, because involvements name organisations as their sources do.
#[must_use]
pub fn is_known_to<'a>(organisation: &str, contents: impl IntoIterator<Item = &'a Content>) -> bool {
    let wanted = fold(organisation);
    let names = |text: &str| fold(text) == wanted;
    contents.into_iter().any(|content| {
        let involved = |involvement: &crate::involvement::Involvement| {
            involvement.details().organisation.as_ref().is_some_and(|line| names(line.as_str()))
        };
        let schooled = |setting: &Setting| match setting {
            Setting::School { name, .. } => names(name.as_str()),
            Setting::HomeEducated | Setting::NoSetting => false,
        };
        content.involvements.iter().any(involved)
            || content.education.iter().any(|education| schooled(&education.setting))
            || content.practice.as_ref().is_some_and(|practice| names(practice.name.as_str()))
            || content
                .caf
                .as_ref()
                .and_then(|caf| caf.holder.as_ref())
                .is_some_and(|holder| names(holder.as_str()))
    })
}
