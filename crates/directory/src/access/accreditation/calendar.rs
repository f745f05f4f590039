//! What the calendar does to an accreditation. Nothing goes on or off by this: every use asks the dates themselves. It
//! writes down, once, what has become due, so that people see it.

use super::life::Accreditation;
use super::{AccreditationPolicy, AccreditationState as State, StepKind};
use jiff::civil::Date;

impl Accreditation {
    /// What will become due and when, of what is not written down yet: the renewal, the day after each open condition's
    /// last, the day after the end.
    fn ahead(&self, policy: &AccreditationPolicy) -> Vec<(Date, StepKind, String)> {
        if !matches!(self.state, State::Granted | State::Suspended) {
            return Vec::new();
        }
        let after = |last: Date| last.tomorrow().unwrap_or(Date::MAX);
        let end = self.valid_until;
        let overdue = self
            .conditions
            .iter()
            .filter(|(_, condition)| condition.met_on.is_none())
            .map(|(code, condition)| (after(condition.due), StepKind::ConditionOverdue, code.clone()));
        end.map(|end| (after(end), StepKind::Ended, String::new()))
            .into_iter()
            .chain(self.renewal_opens(policy).map(|opens| (opens, StepKind::RenewalOpen, String::new())))
            .chain(overdue)
            .filter(|(day, what, about)| *day < Date::MAX && !self.marked.contains(&(*what, about.clone())))
            .collect()
    }

    /// The next day on which something will have become due; none when nothing will.
    #[must_use]
    pub fn next_due(&self, policy: &AccreditationPolicy) -> Option<Date> {
        self.ahead(policy).into_iter().map(|(day, ..)| day).min()
    }

    /// The same with everything written down that is due by today, and what that was.
    #[must_use]
    pub fn marked(&self, today: Date, policy: &AccreditationPolicy) -> (Self, Vec<StepKind>) {
        let mut due: Vec<_> = self.ahead(policy).into_iter().filter(|(day, ..)| *day <= today).collect();
        due.sort();
        let mut next = self.clone();
        for (day, what, about) in &due {
            next.marked.insert((*what, about.clone()));
            let about = (!about.is_empty()).then(|| about.clone());
            next.log(*day, None, *what, about);
        }
        (next, due.into_iter().map(|(_, what, _)| what).collect())
    }
}
