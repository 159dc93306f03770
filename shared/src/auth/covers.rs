/// Whether a held permission covers a required one, compared segment by segment on `:`.
///
/// A `*` in the middle covers exactly one segment; at the end or alone it covers one or more. A `*`
/// counts only as a whole segment, and only in the held permission: the required one has no
/// wildcards (docs/contract/rallyhere.md, "How a permission covers another").
///
/// It is never inlined: the compiler's choice changed with code elsewhere, and with it the count of
/// instructions.
#[inline(never)]
pub(super) fn covers(mut held: &str, mut required: &str) -> bool {
    loop {
        match (held.split_once(':'), required.split_once(':')) {
            (Some((have, more)), Some((need, rest))) if have == "*" || have == need => {
                (held, required) = (more, rest);
            }
            (Some(_), _) => return false,
            (None, rest) => return held == "*" || (rest.is_none() && held == required),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::covers;

    #[test]
    fn the_examples_of_the_architecture_hold() {
        assert!(covers("user:*", "user:platform:create"));
        assert!(!covers("user:platform:*", "user:modify:any"));
        assert!(covers("purge:*:*", "purge:person:admin"));
        assert!(!covers("purge:*:*", "purge:person"));
    }

    #[test]
    fn a_last_wildcard_covers_one_segment_or_more() {
        assert!(covers("user:*", "user:platform"));
        assert!(covers("user:*", "user:a:b:c:d"));
        assert!(!covers("user:*", "user"));
        assert!(!covers("user:*", "users:platform"));
    }

    #[test]
    fn a_middle_or_first_wildcard_covers_exactly_one_segment() {
        assert!(covers("user:*:any", "user:modify:any"));
        assert!(!covers("user:*:any", "user:any"));
        assert!(!covers("user:*:any", "user:restriction:modify:any"));
        assert!(covers("*:modify:any", "user:modify:any"));
        assert!(!covers("*:any", "user:modify:any"));
    }

    #[test]
    fn a_wildcard_is_a_whole_segment() {
        assert!(!covers("us*", "user"));
        assert!(!covers("user:**", "user:platform"));
        assert!(!covers("user.*", "user.write"));
    }

    #[test]
    fn an_empty_or_unfinished_permission_covers_nothing() {
        for held in ["", ":", "user", "user:", "user:platform", "user:platform:", ":user:platform:create"] {
            assert!(!covers(held, "user:platform:create"), "{held}");
        }
    }

    fn leaf() -> impl Strategy<Value = Vec<String>> {
        prop::collection::vec("[a-c.]{1,3}", 1..6)
    }

    proptest! {
        #[test]
        fn without_wildcards_only_the_same_permission_is_covered(held in leaf(), required in leaf()) {
            prop_assert_eq!(covers(&held.join(":"), &required.join(":")), held == required);
        }

        #[test]
        fn a_lone_wildcard_covers_everything(required in leaf()) {
            prop_assert!(covers("*", &required.join(":")));
        }

        #[test]
        fn a_wildcard_after_a_prefix_covers_all_below_it_and_not_the_prefix(prefix in leaf(), rest in leaf()) {
            let (prefix, rest) = (prefix.join(":"), rest.join(":"));
            let (held, below) = (format!("{prefix}:*"), format!("{prefix}:{rest}"));
            prop_assert!(covers(&held, &below));
            prop_assert!(!covers(&held, &prefix));
        }

        #[test]
        fn a_wildcard_that_is_not_last_keeps_the_number_of_segments(
            required in leaf(), tail in "[a-c]{1,3}", at in any::<prop::sample::Index>(), extra in "[a-c]{1,3}",
        ) {
            let at = at.index(required.len());
            let mut held = required.clone();
            held[at] = "*".into();
            let mut longer = required.clone();
            longer.insert(at, extra);
            let [held, required, longer] = [held, required, longer].map(|list| format!("{}:{tail}", list.join(":")));
            prop_assert!(covers(&held, &required));
            prop_assert!(!covers(&held, &longer));
        }

        #[test]
        fn a_wildcard_never_covers_less_than_the_segment_in_its_place(
            held in leaf(), required in leaf(), at in any::<prop::sample::Index>(),
        ) {
            let mut wider = held.clone();
            wider[at.index(held.len())] = "*".into();
            let (held, wider, required) = (held.join(":"), wider.join(":"), required.join(":"));
            prop_assert!(!covers(&held, &required) || covers(&wider, &required));
        }
    }
}
