//! The doors of source systems: HTTPS with JSON, FHIR and uploads, and HL7 version 2 over MLLP.
//!
//! This crate parses and answers; what a source may do stands in [`service::SourceDoor`], which is all of the service that it is
//! given: over HTTPS behind [`door::Receiver`], so that the conformance kit can stand in its place while a product is tested. So there
//! is no way to read a child through it (law 7): what is handed in has no method that would answer about one.

pub mod door;
pub mod http;
pub mod mllp;
pub mod places;
pub mod tls;
