//! Which file needs which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::source::{Named, Source};

/// Files by number, each with those that it needs, and by which names.
pub(crate) struct Graph<'a> {
    sources: &'a [Source],
    modules: HashMap<Vec<String>, usize>,
}

/// An edge: who needs whom.
type Edge = (usize, usize);

impl<'a> Graph<'a> {
    pub(crate) fn new(sources: &'a [Source]) -> Graph<'a> {
        let files = sources.iter().enumerate().filter(|(_, source)| source.name != "main.rs");
        Graph { sources, modules: files.map(|(file, source)| (source.module(), file)).collect() }
    }

    /// The file that defines what a path from the root names, and the name that it has there.
    fn definer(&self, path: &[String], hops: usize) -> Option<(usize, String)> {
        let mut file = *self.modules.get(&Vec::new())?;
        for (at, part) in path.iter().enumerate() {
            let source = &self.sources[file];
            if source.children.contains(part)
                && let Some(child) = self.modules.get(&path[..=at])
            {
                file = *child;
                continue;
            }
            let rest = &path[at + 1..];
            if let Some(import) = source.imports.get(part).filter(|_| hops > 0)
                && let Some(mut to) = source.absolute(import).filter(|to| *to != path)
            {
                to.extend(rest.iter().cloned());
                return self.definer(&to, hops - 1);
            }
            let through = |glob: &Named| {
                let to = source.absolute(glob)?.into_iter().chain(path[at..].iter().cloned()).collect::<Vec<_>>();
                let (other, item) = self.definer(&to, hops.checked_sub(1)?)?;
                self.sources[other].items.contains(&item).then_some((other, item))
            };
            let is_here = source.items.contains(part) || source.macros.contains(part);
            let elsewhere = if is_here { None } else { source.globs.iter().find_map(through) };
            return Some(elsewhere.unwrap_or((file, part.clone())));
        }
        Some((file, "*".to_owned()))
    }

    /// The imports of this crate that lead to no item of a file: none, or the paths are not understood.
    pub(crate) fn lost(&self) -> Vec<String> {
        let lost = |source: &Source, import: &Named| {
            let path = source.absolute(import)?;
            let (file, item) = self.definer(&path, 8)?;
            let Source { name, items, imports, macros, has_made_items, .. } = &self.sources[file];
            let is_found = items.contains(&item) || imports.contains_key(&item) || macros.contains(&item);
            let is_found = is_found || item == "*" || *has_made_items;
            (!is_found).then(|| format!("{} imports {}: no {item} in {name}", source.name, path.join("::")))
        };
        let imports = |source: &'a Source| source.imports.values().filter_map(move |import| lost(source, import));
        self.sources.iter().filter(|source| source.room().is_some()).flat_map(imports).collect()
    }

    /// What a file needs of others: by which file, and what it is called.
    fn needs(&self, file: usize, counts: impl Fn(&Named) -> bool) -> BTreeSet<(usize, String)> {
        let source = &self.sources[file];
        let mut needs = BTreeSet::new();
        for named in source.named.iter().filter(|named| counts(named)) {
            if let Some(path) = source.absolute(named)
                && let Some((other, item)) = self.definer(&path, 8)
                && other != file
            {
                needs.insert((other, item));
            }
        }
        for call in &source.calls {
            let rules = self.sources.iter().position(|other| other.macros.contains(call));
            needs.extend(rules.filter(|other| *other != file).map(|other| (other, format!("{call}!"))));
        }
        for method in source.own_calls.difference(&source.methods) {
            let gives = |(_, other): &(usize, &Source)| other.room() == source.room() && other.methods.contains(method);
            let givers = self.sources.iter().enumerate().filter(gives);
            needs.extend(givers.map(|(other, _)| (other, format!("{}::{}", method.0, method.1))));
        }
        needs
    }

    /// The circles of files, each as its files and its edges in words. A `mod.rs` that only declares and hands on is
    /// none of them, nor does handing on make a folder's code need what it hands on.
    pub(crate) fn circles_of_files(&self) -> Vec<Circle> {
        let mut edges: BTreeMap<Edge, Vec<String>> = BTreeMap::new();
        for (file, source) in self.sources.iter().enumerate().filter(|(_, source)| source.is_node()) {
            let is_door = source.name.ends_with("mod.rs");
            for (other, item) in self.needs(file, |named| !(is_door && named.handed_on)) {
                if self.sources[other].is_node() {
                    edges.entry((file, other)).or_default().push(item);
                }
            }
        }
        circles(self.sources.len(), &edges, |file| self.sources[file].name.clone())
    }

    /// The circles of rooms.
    pub(crate) fn circles_of_rooms(&self) -> Vec<Circle> {
        let rooms: BTreeSet<&str> = self.sources.iter().filter_map(Source::room).collect();
        let rooms: Vec<&str> = rooms.into_iter().collect();
        let of = |file: usize| rooms.iter().position(|room| Some(*room) == self.sources[file].room());
        let mut edges: BTreeMap<Edge, Vec<String>> = BTreeMap::new();
        for file in 0..self.sources.len() {
            for (other, item) in self.needs(file, |_| true) {
                if let (Some(from), Some(to)) = (of(file), of(other))
                    && from != to
                {
                    edges.entry((from, to)).or_default().push(format!("{item} in {}", self.sources[file].name));
                }
            }
        }
        circles(rooms.len(), &edges, |room| rooms[room].to_owned())
    }
}

/// Things that need each other.
#[derive(Debug, PartialEq)]
pub(crate) struct Circle {
    pub members: Vec<String>,
    /// Each edge within it, with the items that make it.
    pub edges: Vec<String>,
}

impl std::fmt::Display for Circle {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "a circle of {}:\n  {}", self.members.len(), self.edges.join("\n  "))
    }
}

/// The strongly connected parts of more than one member: those that reach each other.
fn circles(count: usize, edges: &BTreeMap<Edge, Vec<String>>, name: impl Fn(usize) -> String) -> Vec<Circle> {
    let reached: Vec<BTreeSet<usize>> = (0..count)
        .map(|from| {
            let mut reached = BTreeSet::new();
            let mut left = vec![from];
            while let Some(at) = left.pop() {
                let next = edges.range((at, 0)..(at + 1, 0)).map(|(edge, _)| edge.1);
                left.extend(next.filter(|next| reached.insert(*next)));
            }
            reached
        })
        .collect();
    let together = |one: usize, other: usize| reached[one].contains(&other) && reached[other].contains(&one);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for one in 0..count {
        let members: BTreeSet<usize> = (0..count).filter(|other| together(one, *other)).collect();
        if members.len() < 2 || !seen.insert(members.clone()) {
            continue;
        }
        let inside = edges.iter().filter(|((from, to), _)| members.contains(from) && members.contains(to));
        found.push(Circle {
            edges: inside
                .map(|((from, to), items)| format!("{} -> {}: {}", name(*from), name(*to), items.join(", ")))
                .collect(),
            members: members.iter().map(|member| name(*member)).collect(),
        });
    }
    found
}
