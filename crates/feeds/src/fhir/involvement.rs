//! That somebody works with the child: EpisodeOfCare and CareTeam.

use super::besides::{Besides, each};
use super::codes;
use super::datatypes::{Coding, Period, Reference, concepts, extensions, period, reference};
use super::json::{items, text_of};
use super::lists::{CARE_TEAM, EPISODE_OF_CARE, PARTICIPANT};
use super::place::Place;
use super::refusal::{Reason, Refused};

/// One who works with the child, before references are followed.
pub(super) struct Involvement {
    /// What it is, by codes.
    pub(super) kind: Vec<Coding>,
    pub(super) organization: Option<Reference>,
    /// The practitioner, or in a team also an organisation.
    pub(super) member: Option<Reference>,
    pub(super) period: Period,
    /// `yes` or `no`, where it is said.
    pub(super) lead: String,
    pub(super) at: Place,
}

/// An EpisodeOfCare (one involvement) or a CareTeam (one a participant).
pub(super) struct Care {
    pub(super) patient: Option<Reference>,
    /// Whether nobody works with the child by it: it never was, or has not begun.
    pub(super) is_left_out: bool,
    pub(super) involvements: Vec<Involvement>,
}

/// Whether somebody works, or worked, with the child by an episode or team.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Told,
    /// It is planned, proposed or on a waiting list.
    NotBegun,
    /// It never was.
    InError,
}

/// What the status of an episode or team says of that. One that has ended names its end.
fn standing(status: &str, ended: bool, at: &Place) -> Result<Standing, Refused> {
    let meaning = |words| Err(at.element("status").refused(Reason::Meaning(words)));
    match status {
        "entered-in-error" => Ok(Standing::InError),
        "planned" | "waitlist" | "proposed" => Ok(Standing::NotBegun),
        "finished" | "inactive" if !ended => meaning("this has ended and names no end; send period.end"),
        "active" | "onhold" | "finished" | "inactive" | "suspended" => Ok(Standing::Told),
        "cancelled" => meaning("a cancelled episode never began; leave it out of the statement"),
        "" => Err(at.refused(Reason::Missing("this has no status; send active, finished or the like"))),
        _ => meaning("this status is none of FHIR R4"),
    }
}

fn lead<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<String, Refused> {
    let found = extensions(text, at, &[codes::LEAD], besides)?.into_iter().next();
    Ok(found.map(|(_, stated, _)| stated.text()).unwrap_or_default())
}

/// Reads an EpisodeOfCare.
pub(super) fn episode<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Care, Refused> {
    let (mut patient, mut status) = (None, String::new());
    let mut one = Involvement {
        kind: Vec::new(),
        organization: None,
        member: None,
        period: Period::default(),
        lead: String::new(),
        at: at.clone(),
    };
    each(text, &EPISODE_OF_CARE, at, besides, |element, value, at, besides| {
        match element {
            "status" => status = text_of(value, &at)?,
            "type" => one.kind = concepts(value, &at, besides)?,
            "patient" => patient = Some(reference(value, &at, besides)?),
            "managingOrganization" => one.organization = Some(reference(value, &at, besides)?),
            "careManager" => one.member = Some(reference(value, &at, besides)?),
            "period" => one.period = period(value, &at, besides)?,
            "extension" => one.lead = lead(value, &at, besides)?,
            _ => {}
        }
        Ok(())
    })?;
    let standing = standing(&status, !one.period.end.is_empty(), at)?;
    match standing {
        Standing::Told => {}
        Standing::NotBegun => besides.discard("EpisodeOfCare not begun"),
        Standing::InError => besides.discard("EpisodeOfCare entered in error"),
    }
    Ok(Care { patient, is_left_out: standing != Standing::Told, involvements: vec![one] })
}

/// Reads a CareTeam.
pub(super) fn team<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Care, Refused> {
    let (mut patient, mut status, mut whole, mut organization) =
        (None, String::new(), Period::default(), None);
    let mut involvements = Vec::new();
    each(text, &CARE_TEAM, at, besides, |element, value, at, besides| {
        match element {
            "status" => status = text_of(value, &at)?,
            "subject" => patient = Some(reference(value, &at, besides)?),
            "period" => whole = period(value, &at, besides)?,
            "managingOrganization" => {
                let first = items(value, &at)?.into_iter().next();
                organization = first.map(|(item, at)| reference(item, &at, besides)).transpose()?;
            }
            "participant" => {
                for (item, at) in items(value, &at)? {
                    involvements.push(participant(item, &at, besides)?);
                }
            }
            _ => {}
        }
        Ok(())
    })?;
    let standing = standing(&status, !whole.end.is_empty(), at)?;
    match standing {
        Standing::Told => {}
        Standing::NotBegun => besides.discard("CareTeam not begun"),
        Standing::InError => besides.discard("CareTeam entered in error"),
    }
    for one in &mut involvements {
        if one.organization.is_none() {
            one.organization.clone_from(&organization);
        }
        if one.period.start.is_empty() {
            one.period.start.clone_from(&whole.start);
        }
        if one.period.end.is_empty() {
            one.period.end.clone_from(&whole.end);
        }
    }
    Ok(Care { patient, is_left_out: standing != Standing::Told, involvements })
}

fn participant<B: Besides>(text: &str, at: &Place, besides: &mut B) -> Result<Involvement, Refused> {
    let mut one = Involvement {
        kind: Vec::new(),
        organization: None,
        member: None,
        period: Period::default(),
        lead: String::new(),
        at: at.clone(),
    };
    each(text, &PARTICIPANT, at, besides, |element, value, at, besides| {
        match element {
            "role" => one.kind = concepts(value, &at, besides)?,
            "member" => one.member = Some(reference(value, &at, besides)?),
            "onBehalfOf" => one.organization = Some(reference(value, &at, besides)?),
            "period" => one.period = period(value, &at, besides)?,
            _ => one.lead = lead(value, &at, besides)?,
        }
        Ok(())
    })?;
    Ok(one)
}
