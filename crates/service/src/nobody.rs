//! To look for nobody takes as long as to look for somebody who is hidden (law 3). Whom a number or a search leads to is asked by the
//! profile alone whether this person is shown anything of them; where it leads to nobody, a stranger's profile is opened in their
//! stead. If nobody is shown, the records of a second stranger are opened and put away unread, whoever was hidden: of what those
//! have, however many records it is, nothing is fetched. The order of the keyed hashes gives the strangers, the same ones whenever the
//! same is asked: how long that takes differs from one number to another as it does among children.

use std::fmt::Display;

use directory::{ChildNumber, Seal};
use guards::Guard;
use store::child_numbers::Led as Row;
use store::{Conn, Key16, child_numbers};
use uuid::Uuid;

use crate::records::{OpenChild, OpenProfile};
use crate::{Directory, ServiceError};

/// Where a question leads.
pub(crate) struct Led {
    /// To these children; to nobody where there are none.
    children: Vec<Uuid>,
    /// Who stands in for nobody; none on an empty directory.
    stand_in: Option<Uuid>,
    /// Whose records are opened where nobody is shown.
    stranger: Option<Uuid>,
}

impl Led {
    /// A stand-in and a stranger, whom these keys are next to.
    fn new(children: Vec<Uuid>, strangers: Option<Row>) -> Self {
        let strangers = strangers.filter(|_| Guard::Strangers.stands());
        let (stand_in, stranger) = strangers.map(|row| (row.stand_in, row.stranger)).unwrap_or_default();
        Self { children, stand_in, stranger }
    }

    /// Of whom it is asked, of one number.
    pub(crate) fn first(&self) -> Option<Uuid> {
        self.children.first().copied().or(self.stand_in)
    }

    /// What is answered of the first; nothing of a stand-in, whatever it was, nor what is wrong with them.
    pub(crate) fn told<T, E: Display>(&self, answer: Result<Option<T>, E>) -> Result<Option<T>, E> {
        if !self.children.is_empty() {
            return answer;
        }
        let _ = without_fault(answer);
        Ok(None)
    }
}

/// Who was opened.
pub(crate) enum Opened {
    /// These children, with all their records.
    Shown(Vec<OpenChild>),
    /// A stranger, whose answer is not told.
    Nobody(Option<Box<OpenChild>>),
}

impl Opened {
    /// Those who are shown.
    pub(crate) fn shown(self) -> Vec<OpenChild> {
        match self {
            Self::Shown(children) => children,
            Self::Nobody(_) => Vec::new(),
        }
    }
}

impl Directory {
    /// Where a number leads.
    pub(crate) async fn led_by(&self, conn: &mut Conn, number: &ChildNumber) -> Result<Led, ServiceError> {
        let row = child_numbers::led(conn, self.number_key(number)).await?;
        Ok(Led::new(row.child.into_iter().collect(), Some(row)))
    }

    /// Where the children whom a search's keys point to lead.
    pub(crate) async fn led_by_keys(
        &self,
        conn: &mut Conn,
        keys: &[Key16],
        children: Vec<Uuid>,
    ) -> Result<Led, ServiceError> {
        let mut strangers = match keys.iter().min() {
            Some(key) => Some(child_numbers::led(conn, *key).await?),
            None => None,
        };
        if let Some(row) = strangers.as_mut().filter(|_| !children.is_empty()) {
            row.stand_in = None;
        }
        Ok(Led::new(children, strangers))
    }

    /// Opens whom it led to, those whom their profiles say this person is shown something of; or a stranger.
    pub(crate) async fn open_led(
        &self,
        led: &Led,
        is_shown: impl Fn(&OpenProfile) -> bool,
    ) -> Result<Opened, ServiceError> {
        let mut asked = led.children.clone();
        // Of a number whose child is there it is the child itself; whose child was destroyed is nobody.
        asked.extend(led.stand_in.filter(|stand_in| !asked.contains(stand_in)));
        asked.extend(led.stranger.filter(|stranger| !asked.contains(stranger)));
        let (mut shown, mut stranger) = (Vec::new(), None);
        for (child, profile) in self.open_profiles(&asked).await? {
            if led.children.contains(&child) {
                let profile = profile?;
                stranger = stranger.or_else(|| (Some(child) == led.stranger).then(|| profile.clone()));
                shown.extend(Some(profile).filter(&is_shown));
            } else if Some(child) == led.stranger {
                stranger = without_fault(profile);
            }
        }
        if !shown.is_empty() {
            return Ok(Opened::Shown(self.with_records(shown).await?));
        }
        let opened = self.with_records(stranger.into_iter().collect()).await;
        Ok(Opened::Nobody(without_fault(opened).and_then(|mut opened| opened.pop()).map(Box::new)))
    }
}

/// What is wrong with a stranger, such as that their keys were lost, is nothing to whoever asked for somebody else.
fn without_fault<T, E: Display>(answer: Result<T, E>) -> Option<T> {
    answer
        .inspect_err(|error| tracing::warn!(%error, "a stranger could not be asked in the stead of nobody"))
        .ok()
}

/// Whether there is such a child at all, for anybody (laws 5, 8).
pub(crate) fn is_somebody(open: &OpenProfile) -> bool {
    open.profile.seal != Seal::FormerIdentity && !open.profile.held
}
