//! Products and their type accreditation.

use directory::Line;
use directory::access::Permission;
use directory::connecting::{Product, ProductAct, may_decide_products};
use rand::RngExt as _;
use store::connecting::{self, ProductRow};
use store::organisations;
use uuid::Uuid;

use super::{ConnectingError, changed};
use crate::revocations::Revocation;
use crate::session::SignedIn;
use crate::{Directory, ServiceError};

/// As many products as one directory is fed by; in 2009 there were 25 accredited types (rule 11.9).
const LISTED: i64 = 1_000;

/// A product as its keepers see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductView {
    /// Which.
    pub id: Uuid,
    /// The name of the organisation that keeps it.
    pub kept_by: String,
    /// What a form about it carries, so that nobody decides what they did not see.
    pub version: i64,
    /// What is known about it.
    pub product: Product,
    /// Whether this person may decide on it.
    pub may_decide: bool,
}

impl Directory {
    /// Registers a product, in one version.
    ///
    /// # Errors
    ///
    /// [`ConnectingError::Forbidden`], or the system's.
    pub async fn register_product(
        &self,
        who: &SignedIn,
        supplier: Line,
        name: Line,
        version: Line,
    ) -> Result<Uuid, ConnectingError> {
        let keeper = who.roles().iter().find(|held| may_decide_products(who.roles(), &held.at));
        let Some(keeper) = keeper.map(|held| held.at.id) else { return self.not_connected(who).await };
        let product_id = vault::uuid_v4(self.world.chance.generator().random());
        let product = Product::new(supplier, name, version);
        let sealed = self.seal_at(keeper, product_id, &product).await?;
        let mut tx = self.store.begin().await?;
        let row = ProductRow { product_id, organisation_id: keeper, version: 1, sealed };
        connecting::insert_product(&mut tx, &row).await?;
        self.write_event(&mut tx, changed(who, "product_registered", Some(product_id))).await?;
        tx.commit().await?;
        Ok(product_id)
    }

    /// Every product: who prepares a source has to find the one it is an installation of.
    ///
    /// # Errors
    ///
    /// [`ConnectingError::Forbidden`], or the system's.
    pub async fn products(&self, who: &SignedIn) -> Result<Vec<ProductView>, ConnectingError> {
        let permitted = [Permission::PrepareFeed, Permission::SignOffFeed, Permission::AccreditProducts];
        if !permitted.into_iter().any(|permission| who.may(permission)) {
            return self.not_connected(who).await;
        }
        let mut conn = self.store.reader().await?;
        let mut views = Vec::new();
        for row in connecting::products(&mut conn, LISTED).await? {
            let keeper = organisations::by_id(&mut conn, row.organisation_id)
                .await?
                .ok_or_else(|| ServiceError::internal("a product's keeper is missing"))?;
            views.push(ProductView {
                id: row.product_id,
                version: row.version,
                product: self.open_at(row.organisation_id, row.product_id, &row.sealed).await?,
                may_decide: may_decide_products(who.roles(), &self.standing_of(&keeper)),
                kept_by: keeper.name,
            });
        }
        views.sort_by(|one, other| {
            let name = |view: &ProductView| (view.product.name.clone(), view.product.version.clone());
            name(one).cmp(&name(other))
        });
        Ok(views)
    }

    /// Decides on a product. `seen` is the version the person looked at. A report is handed in by [`Self::hand_in_type_report`], which
    /// checks it.
    ///
    /// # Errors
    ///
    /// [`ConnectingError`]; nothing was written but, where the person may not, that they tried.
    pub async fn act_on_product(
        &self,
        who: &SignedIn,
        product: Uuid,
        seen: i64,
        act: ProductAct,
    ) -> Result<(), ConnectingError> {
        let checked = |act| match act {
            ProductAct::HandIn(_) => Err(ConnectingError::NotChecked),
            act => Ok(act),
        };
        self.product_changes(who, product, seen, |_| checked(act)).await
    }

    /// Makes an act of what is known about a product, and does it.
    pub(super) async fn product_changes(
        &self,
        who: &SignedIn,
        product: Uuid,
        seen: i64,
        act: impl FnOnce(&Product) -> Result<ProductAct, ConnectingError>,
    ) -> Result<(), ConnectingError> {
        if !who.may(Permission::AccreditProducts) {
            return self.not_connected(who).await;
        }
        let mut tx = self.store.begin().await?;
        let (row, mut product) =
            self.product_row(&mut tx, product).await?.ok_or(ConnectingError::NotFound)?;
        let keeper =
            organisations::by_id(&mut tx, row.organisation_id).await?.ok_or(ConnectingError::NotFound)?;
        if !may_decide_products(who.roles(), &self.standing_of(&keeper)) {
            drop(tx);
            return self.not_connected(who).await;
        }
        let act = act(&product)?;
        act.danger().map_or(Ok(()), |danger| self.freshly_proved(who, danger))?;
        let change = act.change();
        let revokes = Revocation::of_product(row.product_id, &act);
        product.act(act, who.account(), self.today(), &self.policy.connecting)?;
        let sealed = self.seal_at(row.organisation_id, row.product_id, &product).await?;
        let row = ProductRow { version: seen, sealed, ..row };
        if !connecting::replace_product(&mut tx, &row).await? {
            return Err(ConnectingError::Changed);
        }
        if let Some(revocation) = revokes {
            self.journal_revocation(&revocation).await?;
        }
        self.write_event(&mut tx, changed(who, change, Some(row.product_id))).await?;
        tx.commit().await?;
        Ok(())
    }
}
