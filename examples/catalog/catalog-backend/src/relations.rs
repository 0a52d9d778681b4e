//! Relations between entities: what one says of another holds in both directions.
//!
//! A relation to something that is not in the catalog is kept, so that a reader sees what is missing.

use std::collections::{BTreeMap, BTreeSet};

use catalog_node::{Entity, EntityRef, Relation};

/// Gives every entity its relations.
pub(crate) fn relate(entities: &mut BTreeMap<EntityRef, Entity>) {
    let mut relations: BTreeMap<EntityRef, BTreeSet<Relation>> = BTreeMap::new();
    let mut add = |of: &EntityRef, kind, to: &EntityRef| {
        let target_ref = to.clone();
        let relation = Relation { kind, target_ref };
        relations.entry(of.clone()).or_default().insert(relation);
    };
    for (reference, entity) in &*entities {
        for mention in entity.mentions() {
            add(reference, mention.relation, &mention.target);
            add(&mention.target, mention.inverse, reference);
        }
    }
    for (reference, entity) in entities {
        let own = relations.remove(reference).unwrap_or_default();
        entity.relations = own.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use catalog_node::Kind;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_relation_holds_in_both_directions_once() {
        let entities = [
            Entity::new(Kind::Group, "team")
                .with("members", json!(["ada"]))
                .with("parent", "nobody"),
            Entity::new(Kind::User, "ada").with("memberOf", json!(["team"])),
            Entity::new(Kind::System, "shop").with("owner", "user:ada"),
        ];
        let mut entities: BTreeMap<_, _> = entities
            .into_iter()
            .map(|entity| (entity.reference(), entity))
            .collect();
        relate(&mut entities);
        let told: Vec<_> = entities
            .iter()
            .flat_map(|(reference, entity)| {
                let relations = entity.relations.iter();
                relations.map(move |it| format!("{reference} {} {}", it.kind, it.target_ref))
            })
            .collect();
        assert_eq!(
            told,
            [
                "group:default/team childOf group:default/nobody",
                "group:default/team hasMember user:default/ada",
                "system:default/shop ownedBy user:default/ada",
                "user:default/ada memberOf group:default/team",
                "user:default/ada ownerOf system:default/shop",
            ]
        );
    }
}
