//! Files.

use population::{Config, generate};

#[test]
fn quick() {
    let p = generate(&Config::new(20_000, 1)).unwrap();
    let dir = std::path::Path::new("/tmp/pop20k");
    let s = p.write(dir, &mut |_, _, _| {}).unwrap();
    println!("{s:?}");
}
