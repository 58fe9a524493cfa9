//! Whatever happens to the line, in whatever order: the bounds hold, and all have their turn.

use proptest::prelude::*;

use super::*;

/// One thing that can happen to the line.
#[derive(Debug, Clone)]
enum Happening {
    Accepted(u8, u8, Kind),
    Ended(prop::sample::Index, Leave),
    Entered(prop::sample::Index, Arrival),
    Stopped(u8, u8),
    TakenIn(prop::sample::Index, Leave),
    Told(prop::sample::Index),
}

fn happening() -> impl Strategy<Value = Happening> {
    let kind = prop_oneof![
        Just(Kind::Question),
        Just(Kind::Question),
        Just(Kind::Quick)
    ];
    let leave = prop_oneof![Just(Leave::Over), Just(Leave::Resting)];
    let arrival = prop_oneof![Just(Arrival::Again), Just(Arrival::Woken)];
    let any = any::<prop::sample::Index>;
    prop_oneof![
        4 => (0..3_u8, 0..4_u8, kind).prop_map(|(who, at, kind)| Happening::Accepted(who, at, kind)),
        3 => (any(), leave).prop_map(|(which, how)| Happening::Ended(which, how)),
        1 => (any(), arrival).prop_map(|(which, how)| Happening::Entered(which, how)),
        1 => (0..3_u8, 0..4_u8).prop_map(|(who, at)| Happening::Stopped(who, at)),
        1 => (any(), prop_oneof![Just(Leave::Over), Just(Leave::Resting)])
            .prop_map(|(which, how)| Happening::TakenIn(which, how)),
        2 => any().prop_map(Happening::Told),
    ]
}

/// What a careful dispatcher knows beside the line.
#[derive(Default)]
struct Watched {
    items: Vec<Item>,
    at_work: Vec<Start>,
    telling: Vec<RunId>,
    over: Vec<RunId>,
}

impl Watched {
    fn happens(&mut self, line: &mut Line, happening: &Happening) {
        match *happening {
            Happening::Accepted(who, at, kind) => {
                let number = self.items.len() as u128 + 1;
                let one = item(
                    number,
                    ["UADA", "UBEN", "UCAT"][usize::from(who)],
                    usize::from(at),
                    kind,
                );
                if line
                    .reserve(&one, self.items.len() - self.over.len())
                    .is_ok()
                {
                    line.enter(one.clone(), Arrival::Fresh, NOW);
                    self.items.push(one);
                }
            }
            Happening::Ended(ref which, how) => {
                if !self.at_work.is_empty() {
                    let start = self.at_work.remove(which.index(self.at_work.len()));
                    if how == Leave::Over {
                        self.over.push(start.run);
                    }
                    line.leave(start.run, how, NOW);
                }
            }
            Happening::Entered(ref which, arrival) => {
                if !self.items.is_empty() {
                    let one = which.get(&self.items).clone();
                    if !self.over.contains(&one.run) {
                        line.enter(one, arrival, NOW);
                    }
                }
            }
            Happening::Stopped(who, at) => {
                let who = question(0, ["UADA", "UBEN", "UCAT"][usize::from(who)], 0).who;
                let stopped = line.stop(run(0), &thread(usize::from(at)), &who);
                for held in stopped.held {
                    line.let_go(held);
                }
            }
            Happening::TakenIn(ref which, how) => {
                if !self.at_work.is_empty() {
                    let by = which.get(&self.at_work).run;
                    for run in line.take_in(by) {
                        assert_eq!(line.open[&run].item.who, line.open[&by].item.who);
                        if how == Leave::Over {
                            self.over.push(run);
                        }
                        line.leave(run, how, NOW);
                    }
                }
            }
            Happening::Told(ref which) => {
                if !self.telling.is_empty() {
                    let told = self.telling.remove(which.index(self.telling.len()));
                    line.told(told);
                }
            }
        }
        self.look(line);
    }

    /// Begins what may begin, and sees that nothing is as it must not be.
    fn look(&mut self, line: &mut Line) {
        self.at_work.extend(line.starts());
        self.telling.extend(told_next(line));
        let room = line.room;
        assert!(self.telling.len() <= room.telling);
        let mut lanes: HashMap<&Lane, usize> = HashMap::new();
        let mut people: HashMap<&Who, usize> = HashMap::new();
        let (mut questions, mut quick) = (0, 0);
        for start in &self.at_work {
            assert!(
                !self.telling.contains(&start.run),
                "it begins while it is told"
            );
            assert!(!self.over.contains(&start.run), "it begins again");
            let open = &line.open[&start.run];
            match open.place {
                Place::None => continue,
                Place::Question => {
                    questions += 1;
                    *people.entry(&open.item.who).or_default() += 1;
                }
                Place::Quick => quick += 1,
            }
            *lanes.entry(&open.item.lane).or_default() += 1;
        }
        assert!(questions <= room.at_work && quick <= room.quick_at_work);
        assert!(people.values().all(|count| *count <= room.at_work_of_one));
        assert!(
            lanes.values().all(|count| *count == 1),
            "one after the other"
        );
        let mut unique: Vec<RunId> = self.at_work.iter().map(|start| start.run).collect();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), self.at_work.len(), "at work twice");
        assert!(line.open.len() <= room.open + room.open_commands);
    }

    /// Whatever happened, all of it comes to an end.
    fn all_end(&mut self, line: &mut Line) {
        loop {
            for told in std::mem::take(&mut self.telling) {
                line.told(told);
            }
            for one in &self.items {
                if !self.over.contains(&one.run) {
                    line.enter(one.clone(), Arrival::Again, NOW);
                }
            }
            self.look(line);
            if self.at_work.is_empty() && self.telling.is_empty() {
                break;
            }
            for start in std::mem::take(&mut self.at_work) {
                self.over.push(start.run);
                line.leave(start.run, Leave::Over, NOW);
            }
        }
        assert_eq!(self.over.len(), self.items.len(), "{line:?}");
    }
}

proptest! {
    #[test]
    fn in_whatever_order_things_happen_the_bounds_hold_and_all_have_their_turn(
        happenings in prop::collection::vec(happening(), 0..120),
        places in 1..4_usize,
        of_one in 1..3_usize,
        open_of_one in 1..6_usize,
    ) {
        let mut line = line(|room| {
            room.at_work = places;
            room.at_work_of_one = of_one;
            room.open_of_one = open_of_one;
            room.open = 12;
            room.telling = 2;
        });
        let mut watched = Watched::default();
        for happening in happenings {
            watched.happens(&mut line, &happening);
        }
        watched.all_end(&mut line);
        prop_assert!(is_as_new(&line), "{:?}", line);
    }
}
