//! Names of father and grandfather, of which sources take one or the other for the family name.

use super::Home::{New, Old};
use super::Outcome::{Apart, Link};
use super::{Case, at, check};

const BORN: &str = "2014-03-09";

#[test]
fn patronymics() {
    let cases: [Case; 8] = [
        (
            "the grandfather's and the father's name",
            at(Old, "Hodan Ibrahim", "Nur", BORN, "F"),
            at(New, "Hodan", "Ibrahim", BORN, "F"),
            Link,
        ),
        (
            "the same the other way round",
            at(Old, "Mahad", "Jama", BORN, "M"),
            at(New, "Mahad Jama", "Yasin", BORN, "M"),
            Link,
        ),
        (
            "in another spelling",
            at(Old, "Hodan Ibrahim", "Nur", BORN, "F"),
            at(New, "Hodan", "Ebrahim", BORN, "F"),
            Link,
        ),
        (
            "both as the family name",
            at(Old, "Hodan", "Ibrahim Nur", BORN, "F"),
            at(New, "Hodan", "Nur", BORN, "F"),
            Link,
        ),
        (
            "a brother has both as well",
            at(Old, "Hodan Ibrahim", "Nur", BORN, "F"),
            at(Old, "Liban", "Ibrahim", "2016-08-20", "M"),
            Apart,
        ),
        (
            "a twin sister",
            at(Old, "Hodan Ibrahim", "Nur", BORN, "F"),
            at(Old, "Ubah Ibrahim", "Nur", BORN, "F"),
            Apart,
        ),
        (
            "Icelandic, of one father",
            at(Old, "Jón", "Stefánsson", BORN, "M"),
            at(Old, "Anna", "Stefánsdóttir", BORN, "F"),
            Apart,
        ),
        (
            "Icelandic, marks lost",
            at(Old, "Jón", "Stefánsson", BORN, "M"),
            at(New, "Jon", "Stefansson", BORN, "M"),
            Link,
        ),
    ];
    check(&cases);
}
