//! What was written, with its spans: attribute arguments, functions with their bodies unread, lists.
//!
//! Nothing is judged here beyond what cannot be read at all.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Path, Signature, Token, Visibility, bracketed};

/// `key` or `key = value`, of an attribute.
pub(crate) struct RawArgument {
    pub(crate) key: Ident,
    pub(crate) value: Option<TokenStream>,
}

/// The arguments of an attribute.
pub(crate) struct RawArguments(pub(crate) Vec<RawArgument>);

impl Parse for RawArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let arguments = Punctuated::<RawArgument, Token![,]>::parse_terminated(input)?;
        Ok(Self(arguments.into_iter().collect()))
    }
}

impl Parse for RawArgument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let mut value = None;
        if input.parse::<Option<Token![=]>>()?.is_some() {
            let mut tokens = TokenStream::new();
            while !input.is_empty() && !input.peek(Token![,]) {
                tokens.extend([input.parse::<TokenTree>()?]);
            }
            value = Some(tokens);
        }
        Ok(Self { key, value })
    }
}

/// A function whose body nobody reads: half a line that is being typed there must not hide the rest.
pub(crate) struct RawFunction {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
}

impl Parse for RawFunction {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self {
            attributes,
            visibility,
            signature,
        })
    }
}

/// The head of a trait or struct.
pub(crate) struct RawItem {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) kind: RawItemKind,
    pub(crate) name: Ident,
    pub(crate) generics: syn::Generics,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RawItemKind {
    Trait,
    Struct,
}

impl RawItem {
    /// `wanted` says what the attribute goes on, for an item that is neither.
    pub(crate) fn parse(wanted: &str, input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let kind = if input.parse::<Option<Token![struct]>>()?.is_some() {
            RawItemKind::Struct
        } else if input.peek(Token![trait]) || input.peek(Token![unsafe]) {
            input.parse::<Option<Token![unsafe]>>()?;
            input.parse::<Token![trait]>()?;
            RawItemKind::Trait
        } else {
            return Err(input.error(wanted));
        };
        let name = input.parse()?;
        let generics = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Self {
            attributes,
            kind,
            name,
            generics,
        })
    }
}

/// An entry of a list.
pub(crate) struct RawEntry {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) path: Path,
}

impl Parse for RawEntry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let at = input.span();
        let path = input.parse().map_err(|_| {
            syn::Error::new(
                at,
                "an entry is the path of a feature or of a list, such as `example_backend::plugin`",
            )
        })?;
        Ok(Self { attributes, path })
    }
}

impl RawEntry {
    /// The spans of the path's first and last token, for an underline of the whole.
    pub(crate) fn ends(&self) -> (Span, Span) {
        let tokens = quote::ToTokens::to_token_stream(&self.path);
        let first = tokens.clone().into_iter().next().map(|token| token.span());
        let last = tokens.into_iter().last().map(|token| token.span());
        let whole = self.path.span();
        (first.unwrap_or(whole), last.unwrap_or(whole))
    }
}

/// `backend![crate = path; a, b::c]`, and `assert_wired!` alike: the facade's path is optional.
pub(crate) struct RawBackend {
    pub(crate) facade: Option<Path>,
    pub(crate) entries: Vec<RawEntry>,
}

impl Parse for RawBackend {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let facade = parse_facade(input)?;
        let entries = Punctuated::<RawEntry, Token![,]>::parse_terminated(input)?;
        Ok(Self {
            facade,
            entries: entries.into_iter().collect(),
        })
    }
}

/// `pub name = [a, b::c]`.
pub(crate) struct RawList {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) entries: Vec<RawEntry>,
}

/// `features!{ crate = path; pub name = [ … ] … }`: the facade's path is optional.
pub(crate) struct RawFeatures {
    pub(crate) facade: Option<Path>,
    pub(crate) lists: Vec<RawList>,
}

impl Parse for RawFeatures {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let facade = parse_facade(input)?;
        let mut lists = Vec::new();
        while !input.is_empty() {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            let name = input.parse()?;
            input.parse::<Token![=]>()?;
            let content;
            bracketed!(content in input);
            let entries = Punctuated::<RawEntry, Token![,]>::parse_terminated(&content)?;
            input.parse::<Option<Token![;]>>()?;
            let entries = entries.into_iter().collect();
            lists.push(RawList {
                attributes,
                visibility,
                name,
                entries,
            });
        }
        Ok(Self { facade, lists })
    }
}

fn parse_facade(input: ParseStream<'_>) -> syn::Result<Option<Path>> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(None);
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    input.parse::<Token![;]>()?;
    Ok(Some(path))
}
