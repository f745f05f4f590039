//! Of what a person's pages remind them, whatever they came for: families who wait for an answer (rule 14.3), rows that their
//! source is asked about (rule 5.6), shields whose review is due (rule 2.15), requests for
//! shields on which nothing is decided (rule 2.12), legal holds whose last day comes. A reminder counts and names a day: no matter and
//! no child. What it counts stands on a list that the person may open, and nowhere else.

use jiff::civil::Date;
use uuid::Uuid;

use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Families wait for an answer.
    Families,
    /// A source is asked about its rows.
    SourceRows,
    /// The reviews of shields.
    ShieldReviews,
    /// Requests for shields on which nothing is decided.
    ShieldRequests,
    /// Legal holds that end by themselves unless two people make them longer.
    LegalHolds,
}

/// A reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Of what.
    pub of: Due,
    /// How many are due or overdue.
    pub count: u64,
    /// The last day for the first of them; of requests, which have none, the day of the first.
    pub first: Date,
    /// Whether that day has passed.
    pub overdue: bool,
}

impl Directory {
    /// Of what this person is reminded today: nothing, for nearly everybody.
    pub(crate) async fn reminders_of(&self, who: &SignedIn) -> Result<Vec<Reminder>, ServiceError> {
        let due = [
            (Due::Families, self.families_waiting(who).await?),
            (Due::SourceRows, self.source_rows_waiting(who).await?),
            (Due::ShieldReviews, self.shield_reviews_due(who).await?),
            (Due::ShieldRequests, self.shield_requests_waiting(who).await?),
            (Due::LegalHolds, self.legal_holds_ending(who).await?),
        ];
        let today = self.today();
        // A review has a month, not a day.
        let begins = |of| if of == Due::ShieldReviews { today.first_of_month() } else { today };
        let reminder = |(of, due): (Due, Option<(u64, Date)>)| {
            due.map(|(count, first)| Reminder { of, count, first, overdue: first < begins(of) })
        };
        Ok(due.into_iter().filter_map(reminder).collect())
    }

    /// How many there are, and the first of their days; none about a child whom a shield hides from this person.
    pub(crate) async fn counted_for(
        &self,
        who: &SignedIn,
        about: Vec<(Uuid, Date)>,
    ) -> Result<Option<(u64, Date)>, ServiceError> {
        let children: Vec<Uuid> = about.iter().map(|(child, _)| *child).collect();
        let barred = self.barred_among(who, &children).await?;
        let left: Vec<Date> =
            about.into_iter().filter(|(child, _)| !barred.contains(child)).map(|(_, day)| day).collect();
        Ok(left.iter().min().map(|first| (left.len() as u64, *first)))
    }
}
