//! A function that the container can run: a plugin's init or a service's factory.

use proc_macro2::{Span, TokenStream};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, Ident, Pat, Path, ReturnType, Safety, Signature, Type, Visibility};

use super::arguments::{Arguments, CRATE, EAGER, ID, LAZY};
use super::{Initialization, id};
use crate::errors::Errors;
use crate::parse::RawFunction;
use crate::spell::spell;

/// How many parameters the container can call a function with.
const MOST_PARAMETERS: usize = 16;

/// A valid function.
pub(crate) struct Function {
    pub(crate) facade: Path,
    /// The plugin's id; none for a factory, whose id is its path.
    pub(crate) id: Option<String>,
    pub(crate) initialization: Initialization,
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    /// The `#[cfg]`s of the function, which all that is generated from it carries too.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The return type; none when it returns nothing.
    pub(crate) returns: Option<Type>,
}

/// A valid parameter.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    pub(crate) spelled: String,
    pub(crate) cfgs: Vec<Attribute>,
}

/// What is left of a function when something is wrong with it: enough that its users see no second wave
/// of errors.
pub(crate) struct Broken {
    pub(crate) errors: TokenStream,
    pub(crate) rest: Option<(Path, Ident, Visibility, Vec<Attribute>)>,
}

/// `#[backend_plugin]`.
pub(crate) fn plugin(arguments: TokenStream, item: TokenStream) -> Result<Function, Box<Broken>> {
    let mut errors = Errors::new();
    let mut arguments = Arguments::new("backend_plugin", &[ID, CRATE], arguments, &mut errors);
    let plugin_id = arguments.required_text(ID, &mut errors);
    if let Some(plugin_id) = &plugin_id
        && let Some(mistake) = id::plugin_mistake(&plugin_id.value())
    {
        errors.add(plugin_id.span(), mistake);
    }
    let facade = arguments.facade(&mut errors);
    let id = plugin_id.map(|id| id.value());
    function(facade, id, Initialization::Lazy, item, errors)
}

/// `#[service_factory]`.
pub(crate) fn factory(arguments: TokenStream, item: TokenStream) -> Result<Function, Box<Broken>> {
    let mut errors = Errors::new();
    let mut arguments = Arguments::new(
        "service_factory",
        &[EAGER, LAZY, CRATE],
        arguments,
        &mut errors,
    );
    let eager = arguments.flag(EAGER, &mut errors);
    let lazy = arguments.flag(LAZY, &mut errors);
    if let (Some(_), Some(lazy)) = (eager, lazy) {
        errors.add(
            lazy,
            "a factory is `eager` or `lazy`, not both; `lazy` is the default",
        );
    }
    let facade = arguments.facade(&mut errors);
    let initialization = if eager.is_some() {
        Initialization::Eager
    } else {
        Initialization::Lazy
    };
    let function = function(facade, None, initialization, item, errors)?;
    if function.returns.is_none() {
        let errors = syn::Error::new(
            function.name.span(),
            "a factory returns the service that it builds: `Arc<dyn Trait>`, `Arc<Struct>`, or a `Result` of one",
        );
        let Function {
            facade,
            name,
            visibility,
            cfgs,
            ..
        } = function;
        return Err(Box::new(Broken {
            errors: errors.to_compile_error(),
            rest: Some((facade, name, visibility, cfgs)),
        }));
    }
    Ok(function)
}

fn function(
    facade: Path,
    id: Option<String>,
    initialization: Initialization,
    item: TokenStream,
    mut errors: Errors,
) -> Result<Function, Box<Broken>> {
    let raw = match syn::parse2::<RawFunction>(item) {
        Ok(raw) => Some(raw),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let Some(RawFunction {
        attributes,
        visibility,
        signature,
    }) = raw
    else {
        let errors = errors.finish::<()>(None).err().unwrap_or_default();
        return Err(Box::new(Broken { errors, rest: None }));
    };
    let cfgs = cfgs_of(&attributes);
    let Signature {
        constness,
        asyncness,
        safety,
        abi,
        fn_token: _,
        ident: name,
        generics,
        paren_token: _,
        inputs,
        variadic,
        output,
    } = signature;
    if let Some(constness) = constness {
        errors.add(
            constness.span(),
            "the container runs it: it cannot be `const`",
        );
    }
    if !matches!(safety, Safety::Default) {
        errors.add(
            safety.span(),
            "the container runs it: it cannot be `unsafe`",
        );
    }
    if let Some(abi) = abi {
        errors.add(abi.span(), "the container runs it: it cannot be `extern`");
    }
    if let Some(variadic) = variadic {
        errors.add(variadic.span(), "each parameter is one service");
    }
    if let Some(generic) = generics.params.first() {
        errors.add(
            generic.span(),
            "the container calls it as it stands: it cannot be generic, each parameter names one service",
        );
    }
    if let Some(first_too_many) = inputs.iter().nth(MOST_PARAMETERS) {
        errors.add(
            first_too_many.span(),
            format!("it takes more than {MOST_PARAMETERS} services: let one service of your own hold some"),
        );
    }
    let parameters = inputs
        .iter()
        .filter_map(|input| parameter(input, &mut errors))
        .collect();
    let returns = match output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(*ty),
    };
    let rest = (
        facade.clone(),
        name.clone(),
        visibility.clone(),
        cfgs.clone(),
    );
    let function = Function {
        facade,
        id,
        initialization,
        name,
        visibility,
        cfgs,
        is_async: asyncness.is_some(),
        parameters,
        returns,
    };
    let broken = |errors| {
        Box::new(Broken {
            errors,
            rest: Some(rest),
        })
    };
    errors.finish(Some(function)).map_err(broken)
}

fn parameter(input: &FnArg, errors: &mut Errors) -> Option<Parameter> {
    let typed = match input {
        FnArg::Typed(typed) => typed,
        FnArg::Receiver(receiver) => {
            errors.add(
                receiver.self_token.span,
                "there is no `self` here: a free function takes its services as parameters",
            );
            return None;
        }
    };
    if let Some(found) = first_impl_trait(&typed.ty) {
        errors.add(
            found,
            "the container must know the service: name one, such as `Arc<dyn Trait>`, in place of `impl Trait`",
        );
        return None;
    }
    let name = match &*typed.pat {
        Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
            pattern.ident.clone()
        }
        pattern => {
            errors.add(
                pattern.span(),
                "a parameter has a name, not a pattern: reports call it by that name",
            );
            return None;
        }
    };
    Some(Parameter {
        name,
        spelled: spell(&typed.ty),
        ty: (*typed.ty).clone(),
        cfgs: cfgs_of(&typed.attrs),
    })
}

pub(crate) fn cfgs_of(attributes: &[Attribute]) -> Vec<Attribute> {
    let conditions = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.cloned().collect()
}

fn first_impl_trait(ty: &Type) -> Option<Span> {
    struct Finder(Option<Span>);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_type_impl_trait(&mut self, found: &'ast syn::TypeImplTrait) {
            self.0.get_or_insert(found.impl_token.span);
            visit::visit_type_impl_trait(self, found);
        }
    }
    let mut finder = Finder(None);
    finder.visit_type(ty);
    finder.0
}
