//! A function that the container can run: the init of a plugin or module, a factory or a decorator.

use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path, ReturnType, Safety, Signature, Type, Visibility};

use super::arguments::{Arguments, CRATE, EAGER, ID, LAZY, PLUGIN};
use super::parameter::{Parameter, parameter};
use super::{Initialization, id};
use crate::errors::Errors;
use crate::parse::RawFunction;

/// How many parameters the container can call a function with.
const MOST_PARAMETERS: usize = 16;

/// A valid function.
pub(crate) struct Function {
    pub(crate) facade: Path,
    pub(crate) role: Role,
    pub(crate) name: Ident,
    pub(crate) visibility: Visibility,
    /// The `#[cfg]`s of the function, which all that is generated from it carries too.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) is_async: bool,
    pub(crate) parameters: Vec<Parameter>,
    /// The return type; none when it returns nothing.
    pub(crate) returns: Option<Type>,
}

/// What the function is to the container. The id of a factory or decorator is its path.
pub(crate) enum Role {
    Plugin { id: String },
    Module { plugin: String, id: String },
    Factory(Initialization),
    Decorator,
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
    let known = &[ID, CRATE];
    let mut arguments = Arguments::new("backend_plugin", known, arguments, &mut errors);
    let id = id::plugin(ID, "plugin", &mut arguments, &mut errors);
    let facade = arguments.facade(&mut errors);
    function(facade, id.map(|id| Role::Plugin { id }), item, errors)
}

/// `#[backend_module]`.
pub(crate) fn module(arguments: TokenStream, item: TokenStream) -> Result<Function, Box<Broken>> {
    let mut errors = Errors::new();
    let known = &[PLUGIN, ID, CRATE];
    let mut arguments = Arguments::new("backend_module", known, arguments, &mut errors);
    let plugin = id::plugin(PLUGIN, "plugin", &mut arguments, &mut errors);
    let id = id::plugin(ID, "module", &mut arguments, &mut errors);
    let facade = arguments.facade(&mut errors);
    let role = plugin.zip(id);
    let role = role.map(|(plugin, id)| Role::Module { plugin, id });
    function(facade, role, item, errors)
}

/// `#[service_factory]`.
pub(crate) fn factory(arguments: TokenStream, item: TokenStream) -> Result<Function, Box<Broken>> {
    let mut errors = Errors::new();
    let known = &[EAGER, LAZY, CRATE];
    let mut arguments = Arguments::new("service_factory", known, arguments, &mut errors);
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
    function(facade, Some(Role::Factory(initialization)), item, errors)
}

/// `#[service_decorator]`.
pub(crate) fn decorator(
    arguments: TokenStream,
    item: TokenStream,
) -> Result<Function, Box<Broken>> {
    let mut errors = Errors::new();
    let mut arguments = Arguments::new("service_decorator", &[CRATE], arguments, &mut errors);
    let facade = arguments.facade(&mut errors);
    function(facade, Some(Role::Decorator), item, errors)
}

/// The function, once all is well. Without a role a mistake was found already.
fn function(
    facade: Path,
    role: Option<Role>,
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
    let missing = match &role {
        Some(Role::Factory(_)) if returns.is_none() => {
            Some("a factory returns the service that it builds")
        }
        Some(Role::Decorator) if returns.is_none() => {
            Some("a decorator returns the service that it wraps")
        }
        _ => None,
    };
    if let Some(missing) = missing {
        errors.add(
            name.span(),
            format!("{missing}: `Arc<dyn Trait>`, `Arc<Struct>`, or a `Result` of one"),
        );
    }
    let rest = (
        facade.clone(),
        name.clone(),
        visibility.clone(),
        cfgs.clone(),
    );
    let function = role.map(|role| Function {
        facade,
        role,
        name,
        visibility,
        cfgs,
        is_async: asyncness.is_some(),
        parameters,
        returns,
    });
    let broken = |errors| {
        Box::new(Broken {
            errors,
            rest: Some(rest),
        })
    };
    errors.finish(function).map_err(broken)
}

pub(crate) fn cfgs_of(attributes: &[Attribute]) -> Vec<Attribute> {
    let conditions = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.cloned().collect()
}
