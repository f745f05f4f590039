//! Child data on its way out: the one type a page of child data can be built from.

use directory::access::Reason;
use uuid::Uuid;

/// Proof that the audit entry of a disclosure is durable. Only the audit trail of this crate can make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReceipt {
    entry: Uuid,
}

impl AuditReceipt {
    pub(crate) fn durable(entry: Uuid) -> Self {
        Self { entry }
    }

    /// The audit entry that was made durable.
    #[must_use]
    pub fn entry(&self) -> Uuid {
        self.entry
    }
}

/// Child data that may leave: it was asked for with a reason, and its audit entry is on disk (law 6).
///
/// There is no constructor outside this crate, so a page that takes a `Disclosed<T>` cannot be rendered
/// from data that was not audited first:
///
/// ```compile_fail,E0624
/// # use directory::access::Reason;
/// # fn forge(receipt: service::AuditReceipt) {
/// let page = service::Disclosed::after_audit("a child", Reason::Referral, receipt);
/// # }
/// ```
///
/// ```compile_fail,E0451
/// # use directory::access::Reason;
/// # fn forge(receipt: service::AuditReceipt) {
/// let page = service::Disclosed { data: "a child", reason: Reason::Referral, receipt };
/// # }
/// ```
///
/// A receipt comes from the trail alone:
///
/// ```compile_fail,E0624
/// let receipt = service::AuditReceipt::durable(uuid::Uuid::nil());
/// ```
#[derive(Debug, Clone)]
pub struct Disclosed<T> {
    data: T,
    reason: Reason,
    receipt: AuditReceipt,
}

impl<T> Disclosed<T> {
    pub(crate) fn after_audit(data: T, reason: Reason, receipt: AuditReceipt) -> Self {
        Self { data, reason, receipt }
    }

    /// The data, the reason and the receipt apart, for a use case that adds to what another found.
    pub(crate) fn into_parts(self) -> (T, Reason, AuditReceipt) {
        (self.data, self.reason, self.receipt)
    }

    /// The data.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The reason it was disclosed for.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// The durable audit entry that covers it.
    pub fn receipt(&self) -> &AuditReceipt {
        &self.receipt
    }
}
