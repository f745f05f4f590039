//! What a route declares: where it is, who may use it, what its answer is about, how much it takes. What is not declared so does
//! not exist, and a test reads the list (law 7).

use axum::routing::MethodRouter;
use serde_json::Value;

use super::state::HttpDoor;

/// What an answer is about: never a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswersAbout {
    /// What the client itself said in this request, and whether it was taken.
    WhatWasSent,
    /// What became of the source's own rows: a function of them alone.
    OwnRows,
    /// The source's own file and how far it is.
    OwnUpload,
    /// Who the client proved to be.
    ItsProof,
    /// The interface itself, the same for everybody.
    TheInterface,
}

/// By what a client is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A registered certificate or a token.
    Source,
    /// What it carries is the proof, or nothing is asked.
    InTheRequest,
    /// The same answer for everybody.
    NotAsked,
}

/// One route.
#[derive(Clone, Copy)]
pub struct Route {
    /// `GET`, `POST`, `PATCH`, `HEAD` or `DELETE`.
    pub method: &'static str,
    /// Its path.
    pub path: &'static str,
    /// By what the client is known.
    pub proof: Proof,
    /// What its answer is about.
    pub answers_about: AnswersAbout,
    /// The largest body it takes, bytes; 0 takes none.
    pub largest_body: usize,
    /// What it is in the OpenAPI document: an Operation Object.
    pub operation: fn() -> Value,
    pub(super) handler: fn() -> MethodRouter<HttpDoor>,
}
