//! From random bytes to a backend.
//!
//! Each feature is made of bytes of its own, so that a failing case is made smaller by leaving features
//! out and setting bytes to 0. Nothing wrong comes of small bytes: the mood of a case says how often what
//! is drawn may be a mistake. Without it nearly every backend of some size would have several.

use proptest::array::{uniform14, uniform16};
use proptest::collection::vec;
use proptest::num::{u8, u64};
use proptest::strategy::Strategy;

use super::case::{Ask, Case, How, Role, Spec};
use super::universe::{BUILT_IN, MODULES, OPEN, PLUGINS, POINTS, ROOTS, SERVICES, Thing, What};

const MANY: [usize; 2] = [3, 7];

pub(super) fn strategy() -> impl Strategy<Value = Case> {
    let genes = (uniform16(u8::ANY), vec(uniform14(u8::ANY), 0..14), u64::ANY);
    genes.prop_map(|(head, rows, shuffle)| {
        let mut draft = Draft::new(head[0]);
        draft.add_defaults(&head[1..]);
        for row in &rows {
            draft.add(row);
        }
        draft.offer_what_is_extended(head[15]);
        Case {
            features: draft.features,
            shuffle,
        }
    })
}

/// What has been made of the bytes so far.
struct Draft {
    features: Vec<Spec>,
    wild_from: u8,
}

fn first(what: What) -> Thing {
    Thing { what, copy: false }
}

fn is_sealed(what: What) -> bool {
    matches!(what, What::Service(2 | 6 | 8 | 9))
}

impl Draft {
    fn new(mood: u8) -> Self {
        // A third of the cases is calm.
        let wild_from = 255 - mood.saturating_sub(85) / 5;
        Self {
            features: Vec::new(),
            wild_from,
        }
    }

    /// Whether a byte stands for something that may be a mistake.
    fn wild(&self, byte: u8) -> bool {
        byte > self.wild_from
    }

    /// A default factory for nearly every service, and for the points that need one.
    fn add_defaults(&mut self, bytes: &[u8]) {
        for (service, &byte) in bytes.iter().enumerate().take(SERVICES) {
            if self.wild(byte) || (MANY.contains(&service) && byte % 2 == 1) {
                continue;
            }
            let limit = if service < ROOTS {
                ROOTS.min(service)
            } else {
                service
            };
            let mut asks = Vec::new();
            if limit > 0 && byte % 4 > 1 {
                asks.push(self.ask(usize::from(byte / 4) % limit, byte, 0));
            }
            self.push(
                Role::Factory(first(What::Service(service))),
                asks,
                byte,
                &[2],
            );
        }
        for point in [1, 4] {
            let byte = bytes[SERVICES + point];
            if !self.wild(byte) {
                let asks = match byte % 3 {
                    0 => Vec::new(),
                    _ => vec![self.ask(usize::from(byte) % SERVICES, byte, 0)],
                };
                self.push(Role::Factory(first(What::Point(point))), asks, 0, &[2]);
            }
        }
    }

    fn add(&mut self, row: &[u8; 14]) {
        let home = usize::from(row[2]);
        match row[0] {
            0..70 => {
                let Some(plugin) = self.free_plugin(row[1]) else {
                    return;
                };
                let asks = self.asks_of_init(plugin, How::Offer, row);
                self.push(
                    Role::Plugin(plugin),
                    asks,
                    0,
                    &self.lists(home, row[3], 250),
                );
            }
            70..140 => {
                let Some((plugin, id)) = self.free_module(row[1]) else {
                    return;
                };
                let asks = self.asks_of_init(plugin, How::Extend, row);
                self.push(
                    Role::Module(plugin, id),
                    asks,
                    0,
                    &self.lists(home, row[3], 250),
                );
            }
            140..200 => {
                let mut what = What::Service(usize::from(row[1]) % SERVICES);
                if self.wild(row[1]) {
                    what = match home % 3 {
                        0 => What::Service(BUILT_IN[home % 2]),
                        _ => What::Point(home % POINTS.len()),
                    };
                }
                let copy = self.wild(row[4]);
                let thing = Thing { what, copy };
                let asks = self.asks_of_factory(what, row);
                if matches!(what, What::Service(at) if MANY.contains(&at)) {
                    let lists = self.lists(home, row[3], 128);
                    self.push(Role::Factory(thing), asks, row[5], &lists);
                } else if self.wild(row[3]) {
                    let lists = self.lists(home, row[3], 250);
                    self.push(Role::Factory(thing), asks, row[5], &lists);
                } else if !self.is_provided_explicitly(what) && !is_sealed(what) {
                    self.push(Role::Factory(thing), asks, row[5], &[home % 2]);
                }
            }
            _ => {
                let mut what = What::Service(OPEN[usize::from(row[1]) % OPEN.len()]);
                if self.wild(row[1]) {
                    what = match home % 5 {
                        0 => What::Point(home % POINTS.len()),
                        _ => What::Service(home % (SERVICES + 2)),
                    };
                }
                let copy = self.wild(row[4]);
                let thing = Thing { what, copy };
                let mut asks = self.asks_of_factory(what, row);
                if !self.wild(row[5]) {
                    let how = match what {
                        What::Service(at) if MANY.contains(&at) => How::Many,
                        What::Service(_) => How::Required,
                        What::Point(_) => How::Offer,
                    };
                    asks.insert(0, Ask { how, thing });
                }
                self.push(
                    Role::Decorator(thing),
                    asks,
                    0,
                    &self.lists(home, row[3], 250),
                );
            }
        }
    }

    fn push(&mut self, role: Role, asks: Vec<Ask>, eager: u8, lists: &[usize]) {
        self.features.push(Spec {
            role,
            asks,
            eager: eager % 8 == 7,
            lists: lists.to_vec(),
        });
    }

    /// One list, or two.
    fn lists(&self, home: usize, byte: u8, twice_from: u8) -> Vec<usize> {
        let one = home % 6;
        if self.wild(byte) {
            return vec![one, usize::from(byte) % 6];
        }
        // A function may be a default of two lists, if it is a factory of a multiton.
        if twice_from == 128 && byte >= 128 {
            return vec![2, 4];
        }
        vec![one]
    }

    fn free_plugin(&self, byte: u8) -> Option<usize> {
        let any = usize::from(byte) % PLUGINS.len();
        let taken = |id| {
            self.features
                .iter()
                .any(|spec| spec.role == Role::Plugin(id))
        };
        if self.wild(byte) {
            return Some(any);
        }
        (0..PLUGINS.len()).find(|&id| !taken(id))
    }

    fn free_module(&self, byte: u8) -> Option<(usize, usize)> {
        let id = usize::from(byte) % MODULES.len();
        if self.wild(byte) {
            return Some((usize::from(byte) % PLUGINS.len(), id % 2));
        }
        let plugins = self.features.iter().filter_map(|spec| match spec.role {
            Role::Plugin(plugin) => Some(plugin),
            _ => None,
        });
        let plugins: Vec<usize> = plugins.collect();
        // Most go to one plugin, where they meet.
        let plugin = match byte {
            0..170 => *plugins.first()?,
            _ => *plugins.get(usize::from(byte) % plugins.len().max(1))?,
        };
        let taken = |id| {
            let module = Role::Module(plugin, id);
            self.features.iter().any(|spec| spec.role == module)
        };
        let ids = (0..MODULES.len()).map(|by| (id + by) % MODULES.len());
        let free = ids.into_iter().find(|&id| !taken(id));
        free.map(|id| (plugin, id))
    }

    fn is_provided_explicitly(&self, what: What) -> bool {
        self.features.iter().any(|spec| {
            let provides = matches!(spec.role, Role::Factory(thing) if thing.what == what);
            provides && spec.lists.iter().any(|&list| list < 2)
        })
    }

    /// A parameter of a service.
    fn ask(&self, service: usize, how: u8, odd: u8) -> Ask {
        let copy = self.wild(odd);
        // The second declarations of these two differ in whether there are many.
        let is_many =
            (MANY.contains(&service) && !(copy && service == 3)) || (copy && service == 1);
        let how = match how % 16 {
            _ if is_many => How::Many,
            7 if service == 0 => How::SharedSettings,
            0..=3 => How::Optional,
            _ => How::Required,
        };
        let what = What::Service(service);
        Ask {
            how,
            thing: Thing { what, copy },
        }
    }

    fn asks_of_factory(&self, of: What, row: &[u8; 14]) -> Vec<Ask> {
        let limit = match of {
            What::Service(service) if service < ROOTS => service,
            What::Service(service) => service.min(SERVICES),
            What::Point(_) => SERVICES,
        };
        let mut asks = Vec::new();
        for bytes in row[5..].chunks_exact(3).take(usize::from(row[4]) % 4) {
            let target = usize::from(bytes[1]);
            if self.wild(bytes[1]) && target % 3 == 0 {
                let how = if target % 2 == 0 {
                    How::Extend
                } else {
                    How::Offer
                };
                let what = What::Point(target % POINTS.len());
                asks.push(Ask {
                    how,
                    thing: first(what),
                });
            } else if self.wild(bytes[0]) && target % 2 == 0 {
                let how = How::Settings;
                asks.push(Ask {
                    how,
                    thing: first(What::Service(0)),
                });
            } else if self.wild(bytes[2]) || self.wild(bytes[0]) {
                asks.push(self.ask(target % (SERVICES + 2), bytes[0], bytes[2]));
            } else if limit > 0 {
                asks.push(self.ask(target % limit, bytes[0], bytes[2]));
            }
        }
        asks
    }

    /// The parameters of a plugin, which offers points, or of a module, which extends them.
    fn asks_of_init(&self, plugin: usize, usual: How, row: &[u8; 14]) -> Vec<Ask> {
        let points = (0..POINTS.len()).filter(|&point| POINTS[point] == plugin);
        let points: Vec<usize> = points.collect();
        let mut asks: Vec<Ask> = Vec::new();
        if usual == How::Extend && points.len() > 1 && row[13] >= 200 {
            asks = self.asks_of_host(&points);
        }
        for bytes in row[5..].chunks_exact(3).take(usize::from(row[4]) % 4) {
            let target = usize::from(bytes[1]);
            if bytes[0] < 80 || points.is_empty() {
                let ask = self.ask(target % (SERVICES + 2), bytes[0], bytes[2]);
                let is_settings = ask.thing == first(What::Service(0)) && bytes[0] % 16 == 5;
                let how = if is_settings { How::Settings } else { ask.how };
                asks.push(Ask { how, ..ask });
                continue;
            }
            let point = if self.wild(bytes[1]) {
                target % POINTS.len()
            } else {
                points[target % points.len()]
            };
            let what = What::Point(point);
            let wild = self.wild(bytes[2]);
            if asks.iter().any(|ask| ask.thing.what == what) && !wild {
                continue;
            }
            let is_offered = self.features.iter().any(|spec| spec.offers(what));
            let how = match usual {
                _ if wild && target % 2 == 0 => How::Offer,
                How::Extend if !is_offered && bytes[0] % 2 == 0 => How::Offer,
                How::Offer if is_offered => continue,
                How::Offer if wild => How::Extend,
                usual => usual,
            };
            let copy = wild && bytes[0] % 3 == 0;
            let thing = Thing { what, copy };
            asks.push(Ask { how, thing });
        }
        asks
    }

    /// The parameters of a module that offers one point and writes to another: two of them are a cycle.
    fn asks_of_host(&self, points: &[usize]) -> Vec<Ask> {
        let is_offered = |point: usize| {
            let mut specs = self.features.iter();
            specs.any(|spec| spec.offers(What::Point(point)))
        };
        let (offered, free): (Vec<usize>, Vec<usize>) =
            points.iter().partition(|&&point| is_offered(point));
        let Some((&own, others)) = free.split_first() else {
            return Vec::new();
        };
        let other = offered.first().or(others.first());
        let own = (How::Offer, own);
        let asks = [own]
            .into_iter()
            .chain(other.map(|&other| (How::Extend, other)));
        let asks = asks.map(|(how, point)| Ask {
            how,
            thing: first(What::Point(point)),
        });
        asks.collect()
    }

    /// Lets the plugins offer what their modules write to, but for some.
    fn offer_what_is_extended(&mut self, byte: u8) {
        for (point, &plugin) in POINTS.iter().enumerate() {
            let what = What::Point(point);
            let is_extended = self.features.iter().any(|spec| spec.extends(what));
            let is_offered = self.features.iter().any(|spec| spec.offers(what));
            let is_forgotten = self.wild(byte) || (self.wild_from < 250 && byte % 8 == point as u8);
            if !is_extended || is_offered || is_forgotten {
                continue;
            }
            let owner = self
                .features
                .iter_mut()
                .find(|spec| spec.role == Role::Plugin(plugin));
            if let Some(owner) = owner {
                let how = How::Offer;
                owner.asks.push(Ask {
                    how,
                    thing: first(what),
                });
            }
        }
    }
}
