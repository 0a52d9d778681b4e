//! A parameter of a function that the container can run.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, FnArg, Ident, Pat, Type};

use super::function::cfgs_of;
use crate::errors::Errors;
use crate::spell::spell;

/// A valid parameter.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
    /// The type as a person writes it.
    pub(crate) spelled: String,
    /// The type behind `&mut`: an extension point, lent for the time of the call.
    pub(crate) lent: Option<Type>,
    pub(crate) cfgs: Vec<Attribute>,
}

/// The parameter, if nothing is wrong with it.
pub(super) fn parameter(input: &FnArg, errors: &mut Errors) -> Option<Parameter> {
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
        lent: lent(&typed.ty, errors)?,
        ty: (*typed.ty).clone(),
        cfgs: cfgs_of(&typed.attrs),
    })
}

/// The type behind `&mut`, if the type is a reference; the outer `None` when it is one that nobody can give.
fn lent(ty: &Type, errors: &mut Errors) -> Option<Option<Type>> {
    let reference = match ty {
        Type::Reference(reference) => reference,
        // A type that came through a `macro_rules!` is grouped.
        Type::Group(group) => return lent(&group.elem, errors),
        Type::Paren(paren) => return lent(&paren.elem, errors),
        _ => return Some(None),
    };
    if reference.mutability.is_none() {
        errors.push(syn::Error::new_spanned(
            reference,
            "nothing is taken as `&T`: a service is taken as `Arc<…>`, an extension point as `&mut T` or by value",
        ));
        return None;
    }
    if let Some(lifetime) = &reference.lifetime {
        errors.add(
            lifetime.span(),
            "leave the lifetime out: an extension point is lent for the time of the call",
        );
        return None;
    }
    Some(Some((*reference.elem).clone()))
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
