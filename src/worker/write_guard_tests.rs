use super::*;

#[test]
fn the_remaining_tick_depends_on_the_precision_of_the_time() {
    let millis = |last: i64, now: i64| {
        let time = |millis: i64| Timestamp::from_nanos(millis * 1_000_000);
        remaining_tick(time(last), time(now)).map(|rest| rest.as_millis())
    };
    // Finer than seconds.
    assert_eq!(millis(5_001, 5_001), Some(10));
    assert_eq!(millis(5_001, 5_008), Some(3));
    assert_eq!(millis(5_001, 5_011), None);
    // Whole seconds.
    assert_eq!(millis(5_000, 5_000), Some(2_000));
    assert_eq!(millis(5_000, 6_999), Some(1));
    assert_eq!(millis(5_000, 7_000), None);
    // Another clock.
    assert_eq!(millis(5_000, 4_999), None);
    assert_eq!(
        remaining_tick(Timestamp::MIN, Timestamp::from_nanos(i64::MAX)),
        None
    );
}
