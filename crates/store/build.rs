//! Rebuilds when a migration is added: the folders are embedded by a macro that cannot say so itself.
fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
