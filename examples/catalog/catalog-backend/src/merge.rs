//! Makes one catalog of what all providers have found.
//!
//! A pass over the entities, in the order of the providers: the processors have their turn, then the entity is
//! checked, then it gets its place. What fails in between is an error with the place where it was found, and
//! nothing else suffers from it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use catalog_node::{
    CatalogError, Contribution, Entity, EntityProcessor, EntityRef, Found, Mistake,
};

use crate::relations;

/// The whole catalog.
#[derive(Debug, Default)]
pub(crate) struct Merged {
    pub(crate) entities: BTreeMap<EntityRef, Entity>,
    pub(crate) errors: Vec<CatalogError>,
}

pub(crate) fn merge(
    contributions: Vec<Contribution>,
    processors: &[Arc<dyn EntityProcessor>],
) -> Merged {
    let mut merged = Merged::default();
    // Where each entity was found, for the report of a second one.
    let mut places = BTreeMap::new();
    for Contribution { entities, errors } in contributions {
        merged.errors.extend(errors);
        for found in entities {
            let Found { entity, origin } = found;
            let entity = match process(entity, processors) {
                Ok(entity) => entity,
                Err(mistakes) => {
                    let errors = mistakes.iter().map(|mistake| origin.error(mistake));
                    merged.errors.extend(errors);
                    continue;
                }
            };
            let reference = entity.reference();
            match places.entry(reference.clone()) {
                Entry::Vacant(slot) => {
                    slot.insert(origin.place(""));
                    merged.entities.insert(reference, entity);
                }
                Entry::Occupied(first) => {
                    let message = format!(
                        "`{reference}` is described a second time; the first is at {} and counts",
                        first.get()
                    );
                    merged
                        .errors
                        .push(CatalogError::new(origin.place(""), message));
                }
            }
        }
    }
    relations::relate(&mut merged.entities);
    merged
}

fn process(
    mut entity: Entity,
    processors: &[Arc<dyn EntityProcessor>],
) -> Result<Entity, Vec<Mistake>> {
    for processor in processors {
        processor.process(&mut entity).map_err(|reason| {
            let message = format!("refused by `{}`: {reason}", processor.name());
            vec![Mistake::new("", message)]
        })?;
    }
    let mistakes = entity.mistakes();
    if mistakes.is_empty() {
        Ok(entity)
    } else {
        Err(mistakes)
    }
}

#[cfg(test)]
mod tests {
    use catalog_node::{Kind, Origin};

    use super::*;

    /// Gives a title, and wants no secrets.
    struct Titles;

    impl EntityProcessor for Titles {
        fn name(&self) -> &str {
            "titles"
        }

        fn process(&self, entity: &mut Entity) -> Result<(), String> {
            if entity.metadata.name == "secret" {
                return Err("it is a secret".to_owned());
            }
            entity.metadata.title = Some(entity.metadata.name.to_uppercase());
            Ok(())
        }
    }

    fn found(name: &str, place: &str) -> Found {
        Found {
            entity: Entity::new(Kind::Domain, name).with("owner", "team"),
            origin: Origin::new(place),
        }
    }

    fn contribution(entities: Vec<Found>) -> Contribution {
        let errors = Vec::new();
        Contribution { entities, errors }
    }

    #[test]
    fn the_first_of_two_wins_and_both_places_are_told() {
        let one = contribution(vec![found("a", "one:1"), found("b", "one:9")]);
        let two = contribution(vec![found("A", "two:1"), found("c", "two:5")]);
        let merged = merge(vec![one, two], &[]);
        let names: Vec<_> = merged.entities.keys().map(ToString::to_string).collect();
        assert_eq!(
            names,
            ["domain:default/a", "domain:default/b", "domain:default/c"]
        );
        let message =
            "`domain:default/a` is described a second time; the first is at one:1 and counts";
        assert_eq!(merged.errors, [CatalogError::new("two:1", message)]);
        assert_eq!(
            merged.entities[&"domain:a".parse().expect("it is one")]
                .metadata
                .name,
            "a"
        );
    }

    #[test]
    fn what_is_refused_or_wrong_is_reported_and_the_rest_stays() {
        let mut errors = contribution(vec![
            found("secret", "x:1"),
            found("no name", "x:5"),
            found("fine", "x:9"),
        ]);
        errors.errors.push(CatalogError::new("y:1", "unreadable"));
        let merged = merge(vec![errors], &[Arc::new(Titles)]);
        let told: Vec<_> = merged.errors.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        assert_eq!(told[0], "y:1: unreadable");
        assert_eq!(told[1], "x:1: refused by `titles`: it is a secret");
        assert!(told[2].starts_with("x:5: `metadata.name`: found `no name`, wanted "));
        let titles: Vec<_> = merged.entities.values().collect();
        assert_eq!(titles.len(), 1);
        assert_eq!(titles[0].metadata.title.as_deref(), Some("FINE"));
    }
}
