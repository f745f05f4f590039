//! To look for nobody takes as long as to look for somebody who is hidden (law 3): where a number or a search leads to no child,
//! a stranger is opened in their stead, whom the order of the keyed hashes gives, and put away unread. It is the same one whenever
//! the same is asked, and it is opened as any child is: how long that takes differs by how many records
//! it has, as it does among children.

use directory::ChildNumber;
use guards::Guard;
use store::{Conn, Key16, child_numbers};
use uuid::Uuid;

use crate::records::OpenChild;
use crate::{Directory, ServiceError};

/// Where a question leads.
pub(crate) enum Led {
    /// To these children.
    To(Vec<Uuid>),
    /// To nobody: this one is opened and put away; none on an empty directory.
    ToNobody(Option<Uuid>),
}

impl Led {
    /// Who is opened, of one number.
    pub(crate) fn first(&self) -> Option<Uuid> {
        match self {
            Self::To(children) => children.first().copied(),
            Self::ToNobody(stranger) => *stranger,
        }
    }

    /// Whether it is who was asked for.
    pub(crate) fn is_to_somebody(&self) -> bool {
        matches!(self, Self::To(_))
    }
}

impl Directory {
    /// Where a number leads.
    pub(crate) async fn led_by(&self, conn: &mut Conn, number: &ChildNumber) -> Result<Led, ServiceError> {
        let key = self.number_key(number);
        Ok(match child_numbers::from(conn, key).await? {
            Some((found, child)) if found == key => Led::To(vec![child]),
            stranger => Led::ToNobody(in_their_stead(stranger)),
        })
    }

    /// Where the children whom a search's keys point to lead: somebody is looked for in the stead of nobody whether there is need of
    /// it or not.
    pub(crate) async fn led_by_keys(
        &self,
        conn: &mut Conn,
        keys: &[Key16],
        children: Vec<Uuid>,
    ) -> Result<Led, ServiceError> {
        let stranger = match keys.iter().min() {
            Some(key) => child_numbers::from(conn, *key).await?,
            None => None,
        };
        Ok(if children.is_empty() { Led::ToNobody(in_their_stead(stranger)) } else { Led::To(children) })
    }

    /// The children to whom it led, opened; what stood in for nobody is opened too, and dropped here.
    pub(crate) async fn open_led(&self, led: Led) -> Result<Vec<OpenChild>, ServiceError> {
        match led {
            Led::To(children) => self.open_children(&children).await,
            Led::ToNobody(stranger) => {
                // What is wrong with a stranger is nothing to whoever asked for somebody else.
                if let Err(error) = self.open_children(stranger.as_slice()).await {
                    tracing::warn!(%error, "a record could not be opened in the stead of nobody");
                }
                Ok(Vec::new())
            }
        }
    }
}

fn in_their_stead(stranger: Option<(Key16, Uuid)>) -> Option<Uuid> {
    stranger.map(|(_, child)| child).filter(|_| Guard::Strangers.stands())
}
