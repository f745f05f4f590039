//! Whether the user's organisation turned out to be working with the child (rule 9.7).

use crate::involvement::Involvement;
use crate::names::fold;
use crate::service_type::ServiceCategory;
use crate::source_record::{Content, Setting};

/// Whether a record that an organisation sends says that it works with the child: not where it tells of a sensitive service.
#[must_use]
pub fn says_involvement(content: &Content) -> bool {
    !content.involvements.iter().any(is_sensitive)
}

fn is_sensitive(involvement: &Involvement) -> bool {
    involvement.category() == ServiceCategory::Sensitive
}

/// Whether what is held of a child names an organisation: as a service, a school, a practice or the holder of an
/// assessment. Names are compared folded, because involvements name organisations as their sources do. A sensitive service does not
/// count: that nothing is noticed would tell whoever reviews that it works with the child (law 4).
#[must_use]
pub fn is_known_to<'a>(organisation: &str, contents: impl IntoIterator<Item = &'a Content>) -> bool {
    let wanted = fold(organisation);
    let names = |text: &str| fold(text) == wanted;
    contents.into_iter().any(|content| {
        let involved = |involvement: &Involvement| {
            let provider = involvement.details().organisation.as_ref();
            !is_sensitive(involvement) && provider.is_some_and(|line| names(line.as_str()))
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
