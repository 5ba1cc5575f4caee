//! Those between whom a direct room is: two people, or a small group. The same people always have the same room.

use crate::{Invalid, ids::PersonId, limits, rooms::RoomKind};

/// Two or more different people, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Circle(Vec<PersonId>);

impl Circle {
    /// Somebody and those they name; naming oneself or somebody twice changes nothing. At most [`limits::GROUP_PEOPLE_MAX`] people.
    pub fn new(by: PersonId, with: &[PersonId]) -> Result<Self, Invalid> {
        let mut people: Vec<PersonId> = with.iter().copied().chain([by]).collect();
        people.sort_unstable();
        people.dedup();
        match people.len() {
            0 | 1 => Err(Invalid::new("username", "A direct room is for two different people.")),
            n if n > limits::GROUP_PEOPLE_MAX => Err(Invalid::limit(
                "username",
                "A group has {limit} people at most, oneself included.",
                limits::GROUP_PEOPLE_MAX,
            )),
            _ => Ok(Self(people)),
        }
    }

    /// The people, ascending.
    pub fn people(&self) -> &[PersonId] {
        &self.0
    }

    /// What their room is: direct for two, else a group.
    pub fn kind(&self) -> RoomKind {
        if self.0.len() == 2 { RoomKind::Direct } else { RoomKind::Group }
    }

    /// By what their room is found.
    pub fn key(&self) -> String {
        key(&self.0)
    }
}

/// By what a group is found of which these people, ascending, stayed: two of them have their direct room, and nobody looks for one.
pub fn key_of_rest(people: &[PersonId]) -> Option<String> {
    (people.len() > 2).then(|| key(people))
}

fn key(people: &[PersonId]) -> String {
    people.iter().map(PersonId::to_string).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(by: i64, with: &[i64]) -> Result<Circle, Invalid> {
        Circle::new(PersonId(by), &with.iter().copied().map(PersonId).collect::<Vec<_>>())
    }

    #[test]
    fn the_same_people_are_the_same_circle_whoever_begins_and_however_they_are_named() {
        assert_eq!(circle(3, &[1, 2]), circle(1, &[2, 3, 3, 1]));
        assert_eq!(circle(3, &[1, 2]).map(|circle| circle.key()), Ok("1:2:3".into()));
        assert_ne!(circle(3, &[1, 2]), circle(3, &[1]));
    }

    #[test]
    fn two_have_a_direct_room_more_are_a_group_and_one_is_none() {
        assert_eq!(circle(1, &[10]).map(|circle| circle.kind()), Ok(RoomKind::Direct));
        assert_eq!(circle(1, &[2, 3]).map(|circle| circle.kind()), Ok(RoomKind::Group));
        assert!(circle(1, &[1]).is_err() && circle(1, &[]).is_err());
        let most = limits::GROUP_PEOPLE_MAX as i64;
        assert!(circle(1, &(2..=most).collect::<Vec<_>>()).is_ok());
        assert!(circle(1, &(2..=most + 1).collect::<Vec<_>>()).is_err());
    }
}
