//! What stood in the way of a link, in files and in words.

use linkage::Model;
use linkage::batch::{Link, Obstacle};

use super::sources::Sources;

/// Names what the engine gives as numbers.
pub struct Obstacles<'a> {
    model: &'a Model,
    sources: &'a Sources,
}

impl<'a> Obstacles<'a> {
    pub fn new(model: &'a Model, sources: &'a Sources) -> Self {
        Self { model, sources }
    }

    /// As it stands in a file: empty for a link.
    pub fn code(&self, link: &Link) -> String {
        match link.obstacle {
            None => String::new(),
            Some(Obstacle::Probability) => "probability".into(),
            Some(Obstacle::Constraint) => "constraint".into(),
            Some(Obstacle::SecondRecord { source }) => format!("second_record:{}", self.source(source)),
            Some(Obstacle::BetterPartner) => "better_partner".into(),
            Some(Obstacle::Contradiction { comparison }) => {
                format!("contradiction:{}", self.comparison(comparison))
            }
            Some(Obstacle::Members) => "members".into(),
        }
    }

    /// In words, for a pair that reaches the threshold or contradicts itself; none where the weight says it all.
    pub fn sentence(&self, link: &Link) -> Option<String> {
        Some(match link.obstacle? {
            Obstacle::Probability => return None,
            Obstacle::Constraint => "It would bring together what must be kept apart.".into(),
            Obstacle::SecondRecord { source } => format!(
                "It would bring a second record of {} into a cluster, and is not likely enough for that.",
                self.source(source)
            ),
            Obstacle::BetterPartner => {
                "One to one: one of the two has another partner, which is better for all together.".into()
            }
            Obstacle::Contradiction { comparison } => {
                format!("It is not linked without a person: {} contradicts it.", self.comparison(comparison))
            }
            Obstacle::Members => {
                "The two fit, and the other members of their clusters do not fit one another.".into()
            }
        })
    }

    fn source(&self, number: u16) -> &str {
        self.sources.all().get(usize::from(number)).map_or("", |source| source.name.as_str())
    }

    fn comparison(&self, number: u8) -> &str {
        self.model.comparisons().nth(usize::from(number)).unwrap_or("")
    }
}
