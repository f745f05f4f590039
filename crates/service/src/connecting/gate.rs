//! What a source lacks, asked before anything of it is taken.

use directory::connecting::{Installation, Missing, Product, WayIn, missing};
use feeds::Format;
use jiff::civil::Date;
use store::sources::SourceRow;
use store::{Conn, connecting};
use uuid::Uuid;

use crate::loading::LoadError;
use crate::{Directory, ServiceError};

/// By what files come.
pub(crate) const BY_FILE: &[WayIn] = &[WayIn::Files];

/// By what messages come. Those of a day stand in one line, whichever way each came by.
pub(crate) const BY_MESSAGE: &[WayIn] = &[WayIn::Json, WayIn::Fhir, WayIn::Hl7];

/// Everything on which it depends whether a source may feed.
pub(super) struct Standing {
    accredited: bool,
    pub(super) version: i64,
    pub(super) installation: Installation,
    pub(super) product: Option<Product>,
    profile: String,
    today: Date,
}

impl Standing {
    /// The steps that are missing for a way in.
    pub(super) fn missing(&self, way: WayIn) -> Vec<Missing> {
        missing(self.accredited, self.product.as_ref(), &self.installation, (way, &self.profile), self.today)
    }

    /// What is wrong with files of this format (rule 11.1): the product was tested in others.
    pub(super) fn refuses_files_in(&self, format: Format) -> Option<NotOfTheProduct> {
        if self.installation.declared_until().is_some_and(|until| self.today <= until) {
            return None;
        }
        let accredited = self.product.as_ref()?.file_formats(&self.profile, self.today)?;
        (!accredited.is_empty() && !accredited.contains(format.code())).then(|| {
            let words = accredited.into_iter().filter_map(Format::from_code).map(Format::in_words);
            NotOfTheProduct { format: format.in_words(), accredited: words.collect::<Vec<_>>().join(", ") }
        })
    }

    /// The ways in for which the product is accredited by the source's profile.
    pub(super) fn ways(&self) -> Vec<WayIn> {
        let product = self.product.as_ref();
        let stands =
            |way: &WayIn| product.is_some_and(|product| product.stands(*way, &self.profile, self.today));
        WayIn::ALL.iter().copied().filter(stands).collect()
    }
}

/// A file of a format in which its source's product was not tested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the file is of the format {format}, and the product of this source is accredited for files of the format {accredited}: export in \
     that format, or have the product tested in this one too and hand in the report under Products"
)]
pub struct NotOfTheProduct {
    /// The file's, in words.
    pub format: &'static str,
    /// Those of the product, in words.
    pub accredited: String,
}

impl Directory {
    /// The steps that a source lacks for a way in; none when it may feed (rule 10.6).
    pub(crate) async fn lacks(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
        way: WayIn,
    ) -> Result<Vec<Missing>, ServiceError> {
        Ok(self.standing_of_installation(conn, source).await?.missing(way))
    }

    /// Refuses a file of a format in which the source's product was not tested.
    pub(crate) async fn is_of_the_product(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
        format: Format,
    ) -> Result<(), LoadError> {
        let refused = self.standing_of_installation(conn, source).await?.refuses_files_in(format);
        refused.map_or(Ok(()), |not| Err(LoadError::Format { name: source.name.clone(), not }))
    }

    /// Refuses to go on with what was begun while the source might feed: asked with every group, so that a stop, a withdrawal, a
    /// suspension and an end count between two of them (rule 10.6). What was taken by one of several ways goes on while one of
    /// them is open: its own stood when it was taken, and what waits behind it is not to wait for ever.
    pub(crate) async fn may_go_on(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
        ways: &[WayIn],
    ) -> Result<(), LoadError> {
        let standing = self.standing_of_installation(conn, source).await?;
        let missing = ways.iter().map(|way| standing.missing(*way)).min_by_key(Vec::len).unwrap_or_default();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(LoadError::Lacks { name: source.name.clone(), missing }),
        }
    }

    /// Everything on which it depends whether a source may feed.
    pub(super) async fn standing_of_installation(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
    ) -> Result<Standing, ServiceError> {
        let accredited = self.may_feed(conn, source).await?;
        let (version, installation) = self.installation_of(conn, source).await?;
        let product = match installation.product() {
            Some(product) => self.product_row(conn, product).await?.map(|(_, product)| product),
            None => None,
        };
        let profile = source.profile.clone();
        Ok(Standing { accredited, version, installation, product, profile, today: self.today() })
    }

    /// The installation of a source and the version of its row; 0 for one that has none yet.
    pub(crate) async fn installation_of(
        &self,
        conn: &mut Conn,
        source: &SourceRow,
    ) -> Result<(i64, Installation), ServiceError> {
        match connecting::installation(conn, source.source_id).await? {
            Some(row) => {
                let opened = self.open_at(source.organisation_id, row.source_id, &row.sealed).await?;
                Ok((row.version, opened))
            }
            None => Ok((0, Installation::default())),
        }
    }

    /// A product and its row.
    pub(crate) async fn product_row(
        &self,
        conn: &mut Conn,
        product: Uuid,
    ) -> Result<Option<(connecting::ProductRow, Product)>, ServiceError> {
        let Some(row) = connecting::product(conn, product).await? else { return Ok(None) };
        let opened = self.open_at(row.organisation_id, row.product_id, &row.sealed).await?;
        Ok(Some((row, opened)))
    }
}
