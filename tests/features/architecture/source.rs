//! A source file, parsed whole: its modules, its imports, and every path that it names outside its tests.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A source file.
pub(crate) struct Source {
    /// Below `src/`, with `/`.
    pub name: String,
    pub text: String,
    /// Its modules that stand in other files; those of tests left out.
    pub children: Vec<String>,
    /// What it only hands on, as `pub use`, or declares as a module is no code.
    pub has_code: bool,
    /// The items that it defines, those of macros left out.
    pub items: BTreeSet<String>,
    /// Whether a macro makes items of it.
    pub has_made_items: bool,
    /// The macros by rules that it defines.
    pub macros: Vec<String>,
    pub named: Vec<Named>,
    /// What its imports call what: the path as written.
    pub imports: HashMap<String, Named>,
    /// The paths that it imports all of.
    pub globs: Vec<Named>,
    /// The macros that it calls by a bare name.
    pub calls: BTreeSet<String>,
    /// The methods that it gives to types, of its own or of other files.
    pub methods: BTreeSet<Method>,
    /// The methods that such methods call on their own type.
    pub own_calls: BTreeSet<Method>,
    /// The lines of its tests.
    tests: Vec<RangeInclusive<usize>>,
}

/// A type's name and that of its method.
pub(crate) type Method = (String, String);

/// A path that a file names.
#[derive(Clone)]
pub(crate) struct Named {
    /// As written.
    pub path: Vec<String>,
    /// The modules in braces that it stands in.
    pub within: Vec<String>,
    /// It is imported.
    pub is_import: bool,
    /// It is handed on: `pub use`.
    pub handed_on: bool,
}

impl Source {
    /// A file from its text.
    pub(crate) fn parse(name: &str, text: &str) -> Source {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut source = Source {
            name: name.to_owned(),
            text: text.to_owned(),
            children: Vec::new(),
            has_code: false,
            items: BTreeSet::new(),
            has_made_items: false,
            macros: Vec::new(),
            named: Vec::new(),
            imports: HashMap::new(),
            globs: Vec::new(),
            calls: BTreeSet::new(),
            methods: BTreeSet::new(),
            own_calls: BTreeSet::new(),
            tests: Vec::new(),
        };
        for item in file.items.iter().filter(|item| !is_test(attributes(item))) {
            match item {
                Item::Mod(module) if module.content.is_none() => source.children.push(module.ident.to_string()),
                Item::Use(_) => {}
                _ => source.has_code = true,
            }
            match item {
                Item::Macro(rules) => match &rules.ident {
                    Some(name) => source.macros.push(name.to_string()),
                    None => source.has_made_items = true,
                },
                item => source.items.extend(defined(item).map(ToString::to_string)),
            }
        }
        Reader { source: &mut source, within: Vec::new(), of: None }.visit_file(&file);
        source
    }

    /// The module that it is, from the crate's root.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.name.trim_end_matches(".rs");
        let path = path.strip_suffix("/mod").unwrap_or(path);
        if path == "lib" { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
    }

    /// The room that it stands in; none for the crate's roots.
    pub(crate) fn room(&self) -> Option<&str> {
        self.name.split_once('/').map(|(room, _)| room)
    }

    /// Whether it is more than the door of its folder.
    pub(crate) fn is_node(&self) -> bool {
        self.has_code || !self.name.ends_with("mod.rs")
    }

    /// How many lines it has outside its tests.
    pub(crate) fn lines(&self) -> usize {
        self.text.lines().count() - self.tests.iter().map(|lines| lines.clone().count()).sum::<usize>()
    }

    /// Its lines without those of its tests, from 1.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines()).filter(|(line, _)| !self.tests.iter().any(|tests| tests.contains(line)))
    }

    /// The path that a name in it stands for, from the crate's root; none for what is not of this crate.
    pub(crate) fn absolute(&self, named: &Named) -> Option<Vec<String>> {
        let (first, rest) = named.path.split_first()?;
        let mut module: Vec<String> = self.module().into_iter().chain(named.within.iter().cloned()).collect();
        match first.as_str() {
            "crate" => module.clear(),
            "self" => {}
            "super" => {
                let ups = named.path.iter().take_while(|part| *part == "super").count();
                assert!(ups <= module.len(), "{} leaves the crate: {}", self.name, named.path.join("::"));
                module.truncate(module.len() - ups);
                module.extend(named.path[ups..].iter().cloned());
                return Some(module);
            }
            name if self.children.iter().any(|child| child == name) && (named.is_import || !rest.is_empty()) => {
                module.push(name.to_owned())
            }
            name if self.imports.get(name).is_some_and(|import| import.path != named.path) => {
                module = self.absolute(&self.imports[name])?;
            }
            _ => return None,
        }
        module.extend(rest.iter().cloned());
        Some(module)
    }
}

/// Every file of `src`, by name.
pub(crate) fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders: Vec<PathBuf> = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let below = path.strip_prefix(&root).expect("it lies below src");
                let name = below.to_str().expect("names are UTF-8").replace('\\', "/");
                found.push(Source::parse(&name, &fs::read_to_string(&path).expect("the file can be read")));
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

/// Walks a file and notes what it names.
struct Reader<'a> {
    source: &'a mut Source,
    within: Vec<String>,
    /// The type whose methods are read.
    of: Option<String>,
}

impl Reader<'_> {
    fn name(&mut self, path: Vec<String>) {
        if let [own, method, ..] = &path[..]
            && own == "Self"
        {
            self.own_call(method.clone());
        }
        self.source.named.push(Named { path, within: self.within.clone(), is_import: false, handed_on: false });
    }

    fn own_call(&mut self, method: String) {
        self.source.own_calls.extend(self.of.clone().map(|of| (of, method)));
    }

    fn import(&mut self, tree: &UseTree, mut path: Vec<String>, handed_on: bool) {
        let called = match tree {
            UseTree::Path(step) => {
                path.push(step.ident.to_string());
                return self.import(&step.tree, path, handed_on);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(tree, path.clone(), handed_on));
            }
            UseTree::Glob(_) => {
                let named = Named { path, within: self.within.clone(), is_import: true, handed_on };
                self.source.named.push(named.clone());
                return self.source.globs.push(named);
            }
            UseTree::Name(name) if name.ident == "self" => path.last().cloned().unwrap_or_default(),
            UseTree::Name(name) => {
                path.push(name.ident.to_string());
                name.ident.to_string()
            }
            UseTree::Rename(name) => {
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                name.rename.to_string()
            }
        };
        let named = Named { path, within: self.within.clone(), is_import: true, handed_on };
        self.source.named.push(named.clone());
        self.source.imports.insert(called, named);
    }

    /// Names each path in tokens that no parser has read, `pub(in path)` left out.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(_) if at > 0 && is_word(&tokens[at - 1], "pub") => {}
                TokenTree::Group(group) => {
                    let module = module_before(&tokens[..at]);
                    let is_module = module.is_some();
                    self.within.extend(module);
                    self.tokens(group.stream());
                    self.within.truncate(self.within.len() - usize::from(is_module));
                }
                TokenTree::Ident(first) => {
                    let mut path = vec![first.to_string()];
                    while let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Ident(next), ..] =
                        &tokens[at + 1..]
                        && (one.as_char(), two.as_char()) == (':', ':')
                    {
                        path.push(next.to_string());
                        at += 3;
                    }
                    if let Some(TokenTree::Punct(mark)) = tokens.get(at + 1)
                        && mark.as_char() == '!'
                        && path.len() == 1
                    {
                        self.source.calls.insert(path[0].clone());
                    }
                    if let [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(_), ..] =
                        &tokens[at + 1..]
                        && dot.as_char() == '.'
                        && path == ["self"]
                    {
                        self.own_call(method.to_string());
                    }
                    self.name(path);
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn skip(&mut self, item: &impl Spanned) {
        let span = item.span();
        self.source.tests.push(span.start().line..=span.end().line);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return self.skip(item);
        }
        visit::visit_item(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = match &*item.self_ty {
            syn::Type::Path(of) if item.trait_.is_none() => of.path.segments.last(),
            _ => None,
        };
        self.of = of.map(|of| of.ident.to_string());
        visit::visit_item_impl(self, item);
        self.of = None;
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        if matches!(&*call.receiver, syn::Expr::Path(on) if on.path.is_ident("self")) {
            self.own_call(call.method.to_string());
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if is_test(&item.attrs) {
            return self.skip(item);
        }
        self.source.methods.extend(self.of.clone().map(|of| (of, item.sig.ident.to_string())));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.within.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.within.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.import(&item.tree, Vec::new(), !matches!(item.vis, Visibility::Inherited));
    }

    /// `pub(in crate::room)` names no dependency.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.name(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.source.calls.extend(call.path.get_ident().map(ToString::to_string));
        visit::visit_macro(self, call);
    }

    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone());
    }
}

/// The module whose braces come behind these tokens.
fn module_before(tokens: &[TokenTree]) -> Option<String> {
    let (TokenTree::Ident(name), before) = tokens.split_last()? else { return None };
    let before = match before {
        [before @ .., TokenTree::Punct(mark)] if mark.as_char() == '$' => before,
        _ => before,
    };
    before.last().filter(|token| is_word(token, "mod")).map(|_| name.to_string())
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == word)
}

/// Whether something is compiled for tests alone.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let condition = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        condition == "test" || condition.starts_with("all (test")
    })
}

/// The name that an item gives to its module.
fn defined(item: &Item) -> Option<&syn::Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Mod(item) => &item.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
