use proptest::prelude::*;
use uuid::{Uuid, Variant};
use vault::{BUCKETS, bucket_of, record_id_in_bucket, uuid_v4};

#[test]
fn the_bucket_is_the_first_three_hexadecimal_digits() {
    let id = Uuid::parse_str("abcdef01-2345-4789-8abc-def012345678").unwrap();
    assert_eq!(bucket_of(id.as_bytes()), 0xabc);
}

proptest! {
    #[test]
    fn a_record_id_lies_in_its_bucket_and_is_a_version_4_uuid(random: [u8; 16], bucket in 0..BUCKETS) {
        let id = record_id_in_bucket(random, bucket);
        prop_assert_eq!(bucket_of(id.as_bytes()), bucket);
        prop_assert_eq!(id.get_version_num(), 4);
        prop_assert_eq!(id.get_variant(), Variant::RFC4122);
    }

    #[test]
    fn all_other_bits_of_a_record_id_are_chance(random: [u8; 16], bucket in 0..BUCKETS) {
        let (id, plain) = (record_id_in_bucket(random, bucket), uuid_v4(random));
        prop_assert_eq!(id.as_u128() << 12, plain.as_u128() << 12);
    }
}
