use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::identity::{PlatformUserId, Requester, Second, Timestamp, UserState};

fn user(id: u128, platform: Platform, person: u128) -> PlatformUser {
    PlatformUser {
        player_uuid: PlayerUuid(Uuid::from_u128(id)),
        player_id: PlayerId::new(u32::try_from(id).unwrap()).unwrap(),
        platform,
        platform_user_id: PlatformUserId::new(format!("account {id}")).unwrap(),
        display_name: None,
        person_id: PersonId(Uuid::from_u128(person)),
        state: UserState::Active,
        sequence: 1,
        created: Timestamp::from_millis(0),
        changed: Timestamp::from_millis(0),
    }
}

fn person(id: u128, users: &[&PlatformUser]) -> Person {
    Person {
        person_id: PersonId(Uuid::from_u128(id)),
        users: users.iter().map(|user| (user.platform, user.entry())).collect(),
        active_player: None,
        purge: None,
        version: 1,
    }
}

fn receipt(person: u128, players: &[&PlatformUser]) -> Receipt {
    let second = Second::from_unix(0);
    Receipt {
        person_id: PersonId(Uuid::from_u128(person)),
        purge_id: crate::identity::PurgeId(Uuid::nil()),
        created_on: second,
        purge_on: second,
        completed_on: second,
        requested_by: Requester::Itself,
        players: players.iter().map(|user| user.player_uuid).collect(),
        dispatches: 0,
        erased_everywhere_by: second,
        expires_on: second,
    }
}

fn known(users: &[&PlatformUser]) -> HashMap<PlayerUuid, PlatformUser> {
    users.iter().map(|user| (user.player_uuid, (*user).clone())).collect()
}

fn judged(
    user: &PlatformUser,
    person: Option<&Person>,
    claim: Option<&Claim>,
    others: &[&PlatformUser],
) -> UserVerdict {
    judge_user(user, Surroundings { person, claim, receipt: None, others: &known(others) })
}

fn correct(claim: Option<Finding>, place: Option<Finding>) -> UserVerdict {
    UserVerdict::Correct(UserCorrections { claim, place })
}

#[test]
fn a_user_with_its_claim_and_its_entry_is_whole() {
    let ada = user(1, Platform::Steam, 10);
    assert_eq!(judged(&ada, Some(&person(10, &[&ada])), Some(&ada.claim()), &[&ada]), UserVerdict::Whole);
}

#[test]
fn a_user_gets_back_what_it_lacks() {
    let ada = user(1, Platform::Steam, 10);
    let no_claim = Finding::UserWithoutClaim(ada.player_uuid);
    let no_person = Finding::UserWithoutPerson(ada.player_uuid, ada.person_id);
    let unlisted = Finding::UserNotListed(ada.player_uuid, ada.person_id);
    assert_eq!(judged(&ada, None, None, &[]), correct(Some(no_claim), Some(no_person)));
    assert_eq!(judged(&ada, Some(&person(10, &[])), Some(&ada.claim()), &[]), correct(None, Some(unlisted)));
    let elsewhere = Claim { person_id: PersonId(Uuid::nil()), ..ada.claim() };
    let disagrees = Finding::ClaimDisagrees(ada.player_uuid);
    assert_eq!(judged(&ada, Some(&person(10, &[&ada])), Some(&elsewhere), &[]), correct(Some(disagrees), None));
    let mut wrong = person(10, &[&ada]);
    wrong.users.get_mut(&Platform::Steam).unwrap().player_id = PlayerId::new(7).unwrap();
    assert_eq!(judged(&ada, Some(&wrong), Some(&ada.claim()), &[&ada]), correct(None, Some(unlisted)));
}

#[test]
fn a_place_that_nobody_holds_rightly_is_taken_over() {
    let (ada, gone) = (user(1, Platform::Steam, 10), user(2, Platform::Steam, 10));
    let moved = PlatformUser { person_id: PersonId(Uuid::from_u128(11)), ..gone.clone() };
    let unlisted = Finding::UserNotListed(ada.player_uuid, ada.person_id);
    let listing = person(10, &[&gone]);
    for others in [vec![], vec![&moved]] {
        assert_eq!(judged(&ada, Some(&listing), Some(&ada.claim()), &others), correct(None, Some(unlisted)));
    }
    let no_claim = Finding::UserWithoutClaim(ada.player_uuid);
    for others in [vec![], vec![&gone]] {
        // The holder of the claim has another account, or does not exist.
        assert_eq!(
            judged(&ada, Some(&person(10, &[&ada])), Some(&gone.claim()), &others),
            correct(Some(no_claim), None)
        );
    }
}

#[test]
fn where_two_users_have_a_right_to_one_place_somebody_must_decide() {
    let (ada, other) = (user(1, Platform::Steam, 10), user(2, Platform::Steam, 10));
    let verdict = judged(&ada, Some(&person(10, &[&other])), Some(&ada.claim()), &[&other]);
    assert_eq!(verdict, UserVerdict::Undecided(Finding::SamePlatform(ada.player_uuid, other.player_uuid)));
    let twin = PlatformUser { platform_user_id: ada.platform_user_id.clone(), ..user(2, Platform::Steam, 11) };
    let verdict = judged(&ada, Some(&person(10, &[&ada])), Some(&twin.claim()), &[&twin]);
    assert_eq!(verdict, UserVerdict::Undecided(Finding::SameAccount(ada.player_uuid, twin.player_uuid)));
}

#[test]
fn of_a_purged_person_only_those_go_that_the_receipt_names() {
    let (purged, left) = (user(1, Platform::Steam, 10), user(2, Platform::Epic, 10));
    let receipt = receipt(10, &[&purged]);
    let verdict = |user: &PlatformUser| {
        let others = HashMap::new();
        judge_user(user, Surroundings { person: None, claim: None, receipt: Some(&receipt), others: &others })
    };
    assert_eq!((verdict(&purged), verdict(&left)), (UserVerdict::Purged, UserVerdict::NewPerson));
}

#[test]
fn a_person_loses_what_no_user_bears_out() {
    let (ada, gone) = (user(1, Platform::Steam, 10), user(2, Platform::Epic, 10));
    let mut both = person(10, &[&ada, &gone]);
    both.active_player = Some(gone.player_uuid);
    assert_eq!(judge_person(&both, &known(&[&ada, &gone])), None);
    let lost =
        PersonCorrections { entries: vec![(Platform::Epic, gone.player_uuid)], active_player: true, whole: false };
    assert_eq!(judge_person(&both, &known(&[&ada])), Some(lost.clone()));
    let moved = PlatformUser { person_id: PersonId(Uuid::nil()), ..gone.clone() };
    assert_eq!(judge_person(&both, &known(&[&ada, &moved])), Some(lost.clone()));
    assert_eq!(without_purged(&both, &receipt(11, &[&gone])), Some(lost));
    assert!(judge_person(&both, &known(&[])).unwrap().whole);
    assert!(judge_person(&person(10, &[]), &known(&[])).unwrap().whole);
    let misplaced = PlatformUser { platform: Platform::Psn, ..gone };
    assert_eq!(judge_person(&both, &known(&[&ada, &misplaced])).unwrap().entries.len(), 1);
}

#[test]
fn a_claim_is_stray_unless_its_user_has_the_account() {
    let (ada, other) = (user(1, Platform::Steam, 10), user(2, Platform::Steam, 10));
    let account = ada.entry().identity;
    assert!(!is_stray(&account, Some(&ada)));
    assert!(is_stray(&account, Some(&other)) && is_stray(&account, None));
}

#[test]
fn a_finding_names_ids_and_each_kind_once() {
    let (player, person, id) = (PlayerUuid(Uuid::nil()), PersonId(Uuid::nil()), Uuid::nil());
    let all = [
        Finding::PurgedPerson(person),
        Finding::PurgedUser(player),
        Finding::UserOfPurgedPerson(player),
        Finding::UserWithoutClaim(player),
        Finding::ClaimDisagrees(player),
        Finding::UserWithoutPerson(player, person),
        Finding::UserNotListed(player, person),
        Finding::StrayEntry(person, player),
        Finding::StrayActivePlayer(person),
        Finding::EmptyPerson(person),
        Finding::StrayClaim(player),
        Finding::SequenceBehind(9),
        Finding::SameAccount(player, player),
        Finding::SamePlatform(player, player),
        Finding::Unreadable("users", Some(id)),
        Finding::Changed(id),
    ];
    assert_eq!(all.map(|finding| finding.kind()), Finding::KINDS);
    assert_eq!(Finding::PurgedPerson(person).to_string(), format!("purged-person person_id={id}"));
    assert_eq!(all.iter().filter(|finding| finding.needs_somebody()).count(), 4);
}

proptest! {
    #[test]
    fn numbers_move_past_all_that_were_given_out_and_never_back(
        next in proptest::option::of(1..=PlayerId::MAX + 1),
        largest in proptest::option::of(1..=PlayerId::MAX),
        leave_out in prop_oneof![Just(0), any::<u32>()],
    ) {
        let met = largest.and_then(PlayerId::new);
        let after = next_number(next, met, leave_out).or(next).unwrap_or(1);
        prop_assert!(after >= next.unwrap_or(1) && after > largest.unwrap_or(0));
        prop_assert!(after <= PlayerId::MAX + 1);
        prop_assert_eq!(next_number(Some(after), met, 0), None);
    }

    #[test]
    fn what_was_set_right_is_whole(
        says in 0..3_u128, listed in proptest::collection::btree_map(0..3_u128, any::<bool>(), 0..3), claimed in 0..4_u128,
    ) {
        // One user, and three persons that list it or not; its claim is missing, right or wrong.
        let ada = user(1, Platform::Steam, says);
        let stands: BTreeMap<_, _> = listed.iter().map(|(id, lists)| {
            let users: &[&PlatformUser] = if *lists { &[&ada] } else { &[] };
            (*id, person(*id, users))
        }).collect();
        let claim = (claimed < 3).then(|| Claim { person_id: PersonId(Uuid::from_u128(claimed)), ..ada.claim() });
        let verdict = judged(&ada, stands.get(&says), claim.as_ref(), &[&ada]);
        let is_listed = listed.get(&says) == Some(&true);
        let UserVerdict::Correct(corrections) = verdict else {
            prop_assert!(verdict == UserVerdict::Whole && is_listed && claimed == says);
            return Ok(());
        };
        prop_assert_eq!((corrections.claim.is_none(), corrections.place.is_none()), (claimed == says, is_listed));
        prop_assert_eq!(judged(&ada, Some(&person(says, &[&ada])), Some(&ada.claim()), &[&ada]), UserVerdict::Whole);
        for (id, other) in stands.iter().filter(|(id, _)| **id != says) {
            let lost = judge_person(other, &known(&[&ada])).unwrap();
            prop_assert!(lost.whole && lost.entries.len() == usize::from(listed[id]));
        }
    }
}
