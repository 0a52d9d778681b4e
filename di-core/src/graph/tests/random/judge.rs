//! What the oracle finds wrong with what is reached, and with decorators.

use std::collections::BTreeSet;

use super::case::{Ask, How, Role};
use super::listing::{line_of, line_of_ask};
use super::model::Model;
use super::universe::{POINTS, What};

impl Model<'_> {
    pub(super) fn judge(&mut self, reached: &BTreeSet<usize>) {
        for node in 0..self.nodes.len() {
            self.judge_decorator(node);
        }
        for &node in reached {
            let Some(feature) = self.feature(node) else {
                continue;
            };
            if let Some(Role::Module(plugin, _)) = self.role(node)
                && self.plugin(plugin).is_none()
            {
                self.find(node, "GR0007", &[line_of(feature)]);
            }
            for (at, ask) in self.asks(node).iter().enumerate() {
                self.judge_ask(node, ask, line_of_ask(feature, at));
                if ask.how.is_point() {
                    self.judge_point(node, at, ask);
                }
            }
        }
    }

    fn judge_decorator(&mut self, node: usize) {
        if !self.is_decorator(node) || self.rivals.contains(&node) {
            return;
        }
        let (Some(feature), Some(thing)) = (self.feature(node), self.nodes[node].provides) else {
            return;
        };
        let takes = |ask: &Ask| {
            let is_value = !matches!(ask.how, How::Settings | How::SharedSettings);
            is_value && ask.thing.what == thing.what
        };
        let code = if self.is_multiton(node) {
            "GR0018"
        } else if self.is_sealed(node) {
            "GR0011"
        } else if !self.asks(node).iter().any(takes) {
            "GR0017"
        } else if !self.inner.contains_key(&node) {
            "GR0012"
        } else {
            return;
        };
        self.find(node, code, &[line_of(feature)]);
    }

    fn judge_ask(&mut self, node: usize, ask: &Ask, line: u32) {
        let sources = self.answers(node, ask);
        let wanted = self.universe.service(ask.thing);
        let must_be = match ask.how {
            How::Required | How::Settings | How::SharedSettings => true,
            How::Optional | How::Many => false,
            How::Extend | How::Offer => {
                let point = self.universe.point(ask.thing);
                point.is_some_and(|point| point.create.is_none())
            }
        };
        if sources.is_empty() && must_be {
            self.find(node, "GR0001", &[line]);
        }
        let other = sources.iter().copied().find(|&source| {
            let thing = self.nodes[source].provides;
            thing
                .is_some_and(|thing| self.universe.service(thing).fingerprint != wanted.fingerprint)
        });
        if let Some(other) = other {
            let provider = self.feature(other).map_or(0, line_of);
            self.find(node, "GR0013", &[line, provider]);
        }
        let is_root = |thing| self.universe.is_root(thing);
        if self.nodes[node].provides.is_some_and(is_root) {
            if ask.how == How::Settings {
                self.find(node, "GR0014", &[line]);
            } else if !is_root(ask.thing) && !ask.how.is_point() {
                self.find(node, "GR0004", &[line]);
            }
        }
    }

    fn judge_point(&mut self, node: usize, at: usize, ask: &Ask) {
        let Some((feature, spec)) = self.nodes[node].spec else {
            return;
        };
        let What::Point(point) = ask.thing.what else {
            return;
        };
        let line = line_of_ask(feature, at);
        let plugin = match spec.role {
            Role::Plugin(plugin) | Role::Module(plugin, _) => plugin,
            Role::Factory(_) | Role::Decorator(_) => return self.find(node, "GR0015", &[line]),
        };
        if POINTS[point] != plugin {
            return self.find(node, "GR0008", &[line]);
        }
        let same = |earlier: &Ask| earlier.thing.what == ask.thing.what;
        if let Some(earlier) = spec.asks[..at].iter().position(same) {
            let lines = [line_of_ask(feature, earlier), line];
            return self.find(node, "GR0016", &lines);
        }
        let is_plugin = matches!(spec.role, Role::Plugin(_));
        if ask.how == How::Extend && is_plugin {
            return self.find(node, "GR0015", &[line]);
        }
        let Some(owner) = self.plugin(plugin) else {
            return;
        };
        let candidates = [owner].into_iter().chain(self.modules(plugin));
        let mut offering = candidates.filter(|&other| self.offers(other, ask.thing.what));
        let Some(owner) = offering.next() else {
            let mut borrowed = self.asks(owner).iter();
            // That the plugin borrows it is told, and what follows from it is not.
            if !borrowed.any(|of| of.how == How::Extend && of.thing.what == ask.thing.what) {
                self.find(node, "GR0009", &[line]);
            }
            return;
        };
        if owner == node {
            return;
        }
        let offer = self.asks(owner).iter().enumerate();
        let is_it = |offer: &Ask| offer.how == How::Offer && offer.thing.what == ask.thing.what;
        let (Some((nth, offer)), Some(of)) = (
            offer.into_iter().find(|(_, ask)| is_it(ask)),
            self.feature(owner),
        ) else {
            return;
        };
        let lines = [line_of_ask(of, nth), line];
        if ask.how == How::Offer {
            self.find(node, "GR0009", &lines);
        } else if offer.thing.copy != ask.thing.copy {
            self.find(node, "GR0013", &[line, lines[0]]);
        }
    }
}
