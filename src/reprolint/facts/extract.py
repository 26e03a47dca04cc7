"""A file's syntax tree turned into facts (`facts.schema`), in one ordered walk over the fields that matter.

The only analysis module that knows libcst's node types. No metadata provider runs here: they cost more than the parse.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from reprolint.facts import schema as s
from reprolint.facts.schema import Body, Node, Param


def extract(module: cst.Module, sites: list[cst.CSTNode] | None = None) -> Body:
    """Facts of one parsed file.

    :param module: the parsed file.
    :param sites: where given, every numbered node is appended, so that ``sites[id]`` is the node of site ``id``.
    :returns: the file's statements in order.
    """
    return _Walk(sites).block(module.body)


def _text(operator: cst.CSTNode) -> str:
    """The sign of an operator; libcst names the class and keeps the sign out of it only for two-word ones."""
    value = getattr(operator, "_get_token", None)
    return str(value()) if value is not None else type(operator).__name__


_TWO_WORDS = {"NotIn": "not in", "IsNot": "is not"}


def _integer(text: str) -> int | str:
    try:
        return int(text, 0)
    except ValueError:  # more digits than Python converts, or an old-style octal that libcst lets through
        return text


def _string(node: cst.SimpleString) -> str | bytes:
    try:
        value = ast.literal_eval(node.value)
    except (ValueError, SyntaxError):
        return node.value
    return value if isinstance(value, str | bytes) else node.value


class _Walk:
    """Numbers sites while it builds nodes; each method returns the node of one syntactic form."""

    def __init__(self, sites: list[cst.CSTNode] | None) -> None:
        self.count = 0
        self.sites = sites
        self.yields = [False]

    def site(self, node: cst.CSTNode) -> int:
        number = self.count
        self.count += 1
        if self.sites is not None:
            self.sites.append(node)
        return number

    # Statements

    def block(self, body: Sequence[cst.CSTNode]) -> Body:
        out: list[Node] = []
        for statement in body:
            if isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                for small in statement.body:
                    built = _SMALL[type(small)](self, small) if type(small) in _SMALL else None
                    if built is not None:
                        out.append(built)
            else:
                handler = _COMPOUND.get(type(statement))
                if handler is not None:
                    out.append(handler(self, statement))
        return tuple(out)

    def suite(self, suite: cst.BaseSuite) -> Body:
        if isinstance(suite, cst.SimpleStatementSuite):
            return self.block([suite])
        return self.block(suite.body)

    def expression_statement(self, node: cst.Expr) -> Node | None:
        if isinstance(node.value, cst.SimpleString | cst.Ellipsis | cst.ConcatenatedString):
            return None
        return (s.EXPR, self.site(node), self.expr(node.value))

    def assign(self, node: cst.Assign) -> Node:
        number = self.site(node)
        value = self.expr(node.value)
        return (s.ASSIGN, number, tuple(self.expr(target.target) for target in node.targets), value, None)

    def annotated(self, node: cst.AnnAssign) -> Node:
        number = self.site(node)
        annotation = self.expr(node.annotation.annotation)
        value = self.expr(node.value) if node.value is not None else None
        return (s.ASSIGN, number, (self.expr(node.target),), value, annotation)

    def augmented(self, node: cst.AugAssign) -> Node:
        number = self.site(node)
        operator = _text(node.operator).removesuffix("=")
        return (s.AUGMENT, number, self.expr(node.target), operator, self.expr(node.value))

    def conditional(self, node: cst.If) -> Node:
        # A chain of elif is nested in the tree; it is kept flat here so that no later walk needs a deep stack.
        number = self.site(node)
        branches = []
        current = node
        while True:
            test = self.expr(current.test)
            branches.append((test, self.suite(current.body)))
            following = current.orelse
            if isinstance(following, cst.If):
                current = following
                continue
            orelse = self.suite(following.body) if following is not None else ()
            return (s.IF, number, tuple(branches), orelse)

    def for_loop(self, node: cst.For) -> Node:
        number = self.site(node)
        iterable = self.expr(node.iter)
        target = self.expr(node.target)
        return (s.FOR, number, target, iterable, self.suite(node.body), self.orelse(node.orelse))

    def while_loop(self, node: cst.While) -> Node:
        number = self.site(node)
        test = self.expr(node.test)
        return (s.WHILE, number, test, self.suite(node.body), self.orelse(node.orelse))

    def orelse(self, node: cst.Else | None) -> Body:
        return self.suite(node.body) if node is not None else ()

    def try_statement(self, node: cst.Try | cst.TryStar) -> Node:
        number = self.site(node)
        body = self.suite(node.body)
        handlers = tuple(
            (
                self.expr(handler.type) if handler.type is not None else None,
                handler.name.name.value if handler.name is not None and isinstance(handler.name.name, cst.Name) else None,
                self.suite(handler.body),
            )
            for handler in node.handlers
        )
        orelse = self.orelse(node.orelse)
        final = self.suite(node.finalbody.body) if node.finalbody is not None else ()
        return (s.TRY, number, body, handlers, orelse, final)

    def with_statement(self, node: cst.With) -> Node:
        number = self.site(node)
        items = tuple(
            (self.expr(item.item), self.expr(item.asname.name) if item.asname is not None else None) for item in node.items
        )
        return (s.WITH, number, items, self.suite(node.body))

    def match(self, node: cst.Match) -> Node:
        number = self.site(node)
        subject = self.expr(node.subject)
        cases = tuple(
            (self.pattern(case.pattern), self.expr(case.guard) if case.guard is not None else None, self.suite(case.body))
            for case in node.cases
        )
        return (s.MATCH, number, subject, cases)

    def pattern(self, node: cst.MatchPattern) -> Node | None:
        """A value pattern as an expression; None where a pattern always matches or takes things apart."""
        if isinstance(node, cst.MatchValue):
            return self.expr(node.value)
        if isinstance(node, cst.MatchSingleton):
            return self.expr(node.value)
        if isinstance(node, cst.MatchOr):
            options = tuple(self.pattern(item.pattern) for item in node.patterns)
            return (s.BOOL, "or", options) if all(options) else None
        return None

    def function(self, node: cst.FunctionDef) -> Node:
        decorators = tuple(self.expr(decorator.decorator) for decorator in node.decorators)
        number = self.site(node)
        params = self.params(node.params)
        self.yields.append(False)
        body = self.suite(node.body)
        return (s.DEF, number, node.name.value, params, body, decorators, self.yields.pop())

    def class_statement(self, node: cst.ClassDef) -> Node:
        decorators = tuple(self.expr(decorator.decorator) for decorator in node.decorators)
        number = self.site(node)
        bases = tuple(self.expr(base.value) for base in node.bases)
        keywords = tuple((word.keyword.value, self.expr(word.value)) for word in node.keywords if word.keyword is not None)
        return (s.CLASS, number, node.name.value, bases, keywords, self.suite(node.body), decorators)

    def params(self, node: cst.Parameters) -> tuple[Param, ...]:
        out: list[Param] = []
        for kind, group in (("positional", node.posonly_params), ("both", node.params)):
            out += [self.param(param, kind) for param in group]
        if isinstance(node.star_arg, cst.Param):
            out.append(self.param(node.star_arg, "var"))
        out += [self.param(param, "keyword") for param in node.kwonly_params]
        if node.star_kwarg is not None:
            out.append(self.param(node.star_kwarg, "varkw"))
        return tuple(out)

    def param(self, node: cst.Param, kind: str) -> Param:
        default = self.expr(node.default) if node.default is not None else None
        annotation = self.expr(node.annotation.annotation) if node.annotation is not None else None
        return (node.name.value, kind, default, annotation)

    def return_statement(self, node: cst.Return) -> Node:
        number = self.site(node)
        return (s.RETURN, number, self.expr(node.value) if node.value is not None else None)

    def raise_statement(self, node: cst.Raise) -> Node:
        number = self.site(node)
        return (s.RAISE, number, self.expr(node.exc) if node.exc is not None else None)

    def imports(self, node: cst.Import) -> Node:
        names = tuple(
            (_dotted(alias.name), alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else None)
            for alias in node.names
        )
        return (s.IMPORT, self.site(node), names)

    def imports_from(self, node: cst.ImportFrom) -> Node:
        number = self.site(node)
        module = _dotted(node.module) if node.module is not None else ""
        if isinstance(node.names, cst.ImportStar):
            names: tuple[tuple[str, str | None], ...] = (("*", None),)
        else:
            names = tuple(
                (
                    _dotted(alias.name),
                    alias.asname.name.value if alias.asname and isinstance(alias.asname.name, cst.Name) else None,
                )
                for alias in node.names
            )
        return (s.FROM, number, len(node.relative), module, names)

    def names(self, node: cst.Global | cst.Nonlocal) -> Node:
        tag = s.GLOBAL if isinstance(node, cst.Global) else s.NONLOCAL
        return (tag, tuple(item.name.value for item in node.names))

    def delete(self, node: cst.Del) -> Node:
        return (s.DEL, (self.expr(node.target),))

    def assertion(self, node: cst.Assert) -> Node:
        return (s.ASSERT, self.expr(node.test))

    def type_alias(self, node: cst.TypeAlias) -> Node:
        return (s.ASSIGN, self.site(node), ((s.NAME, node.name.value),), (s.CONST, None), None)

    # Expressions

    def expr(self, node: cst.CSTNode) -> Node:
        node_of: Callable[[_Walk, Any], Node] = _EXPRESSION.get(type(node), _Walk.other)
        return node_of(self, node)

    def other(self, node: cst.CSTNode) -> Node:
        return (s.CONST, Ellipsis)

    def name(self, node: cst.Name) -> Node:
        constant = _NAMED.get(node.value)
        return constant if constant is not None else (s.NAME, node.value)

    def attribute(self, node: cst.Attribute) -> Node:
        return (s.ATTR, self.expr(node.value), node.attr.value)

    def call(self, node: cst.Call) -> Node:
        func = self.expr(node.func)
        args = tuple(
            (argument.star, argument.keyword.value if argument.keyword is not None else None, self.expr(argument.value))
            for argument in node.args
        )
        # Numbered after its arguments, as it runs after them.
        return (s.CALL, self.site(node), func, args)

    def subscript(self, node: cst.Subscript) -> Node:
        value = self.expr(node.value)
        parts = tuple(self.index(element.slice) for element in node.slice)
        return (s.ITEM, value, parts[0] if len(parts) == 1 else (s.SEQ, "tuple", parts))

    def index(self, node: cst.BaseSlice) -> Node:
        if isinstance(node, cst.Index):
            return self.expr(node.value)
        if isinstance(node, cst.Slice):
            bounds = (self.expr(bound) if bound is not None else None for bound in (node.lower, node.upper, node.step))
            return (s.SLICE, *bounds)
        return (s.CONST, Ellipsis)

    def sequence(self, node: cst.List | cst.Tuple | cst.Set) -> Node:
        kind = {cst.List: "list", cst.Tuple: "tuple", cst.Set: "set"}[type(node)]
        items = tuple(
            (s.STAR, self.expr(element.value)) if isinstance(element, cst.StarredElement) else self.expr(element.value)
            for element in node.elements
        )
        return (s.SEQ, kind, items)

    def starred(self, node: cst.StarredElement) -> Node:
        return (s.STAR, self.expr(node.value))

    def dictionary(self, node: cst.Dict) -> Node:
        items = tuple(
            (self.expr(element.key) if isinstance(element, cst.DictElement) else None, self.expr(element.value))
            for element in node.elements
        )
        return (s.DICT, items)

    def binary(self, node: cst.BinaryOperation) -> Node:
        return (s.BINARY, _text(node.operator), self.expr(node.left), self.expr(node.right))

    def unary(self, node: cst.UnaryOperation) -> Node:
        operator = "not" if isinstance(node.operator, cst.Not) else _text(node.operator)
        value = self.expr(node.expression)
        if operator == "-" and value[0] == s.CONST and isinstance(value[1], int | float) and not isinstance(value[1], bool):
            return (s.CONST, -value[1])
        return (s.UNARY, operator, value)

    def boolean(self, node: cst.BooleanOperation) -> Node:
        operator = "and" if isinstance(node.operator, cst.And) else "or"
        left, right = self.expr(node.left), self.expr(node.right)
        items = (*left[2], right) if left[:2] == (s.BOOL, operator) and not node.left.lpar else (left, right)
        return (s.BOOL, operator, items)

    def comparison(self, node: cst.Comparison) -> Node:
        left = self.expr(node.left)
        rest = tuple(
            (_TWO_WORDS.get(type(target.operator).__name__) or _text(target.operator), self.expr(target.comparator))
            for target in node.comparisons
        )
        return (s.COMPARE, left, rest)

    def conditional_expression(self, node: cst.IfExp) -> Node:
        test = self.expr(node.test)
        return (s.IFEXP, test, self.expr(node.body), self.expr(node.orelse))

    def function_expression(self, node: cst.Lambda) -> Node:
        number = self.site(node)
        params = self.params(node.params)
        return (s.LAMBDA, number, params, self.expr(node.body))

    def comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp | cst.DictComp) -> Node:
        number = self.site(node)
        clauses = []
        clause: cst.CompFor | None = node.for_in
        while clause is not None:
            iterable = self.expr(clause.iter)
            conditions = tuple(self.expr(condition.test) for condition in clause.ifs)
            clauses.append((self.expr(clause.target), iterable, conditions))
            clause = clause.inner_for_in
        if isinstance(node, cst.DictComp):
            return (s.COMP, number, "dict", (self.expr(node.key), self.expr(node.value)), tuple(clauses))
        kind = {cst.ListComp: "list", cst.SetComp: "set", cst.GeneratorExp: "generator"}[type(node)]
        return (s.COMP, number, kind, (self.expr(node.elt),), tuple(clauses))

    def formatted(self, node: cst.FormattedString) -> Node:
        return (s.FSTRING, tuple(self.formatted_part(part) for part in node.parts))

    def formatted_part(self, part: cst.BaseFormattedStringContent) -> Node:
        if isinstance(part, cst.FormattedStringExpression):
            return self.expr(part.expression)
        return (s.CONST, part.value if isinstance(part, cst.FormattedStringText) else "")

    def concatenated(self, node: cst.ConcatenatedString) -> Node:
        left, right = self.expr(node.left), self.expr(node.right)
        both = (left[1], right[1]) if left[0] == right[0] == s.CONST else ()
        if both and isinstance(both[0], str) and isinstance(both[1], str):
            return (s.CONST, both[0] + both[1])
        if both and isinstance(both[0], bytes) and isinstance(both[1], bytes):
            return (s.CONST, both[0] + both[1])
        items = (part for side in (left, right) for part in (side[1] if side[0] == s.FSTRING else (side,)))
        return (s.FSTRING, tuple(items))

    def yielded(self, node: cst.Yield) -> Node:
        self.yields[-1] = True
        if isinstance(node.value, cst.From):
            return (s.YIELD_FROM, self.expr(node.value.item))
        return (s.YIELD, self.expr(node.value) if node.value is not None else None)

    def awaited(self, node: cst.Await) -> Node:
        return (s.AWAIT, self.expr(node.expression))

    def walrus(self, node: cst.NamedExpr) -> Node:
        value = self.expr(node.value)
        name = node.target.value if isinstance(node.target, cst.Name) else ""
        return (s.WALRUS, name, value)


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _float(text: str) -> Node:
    try:
        return (s.CONST, float(text))
    except ValueError:
        return (s.CONST, text)


_NAMED: dict[str, Node] = {"None": (s.CONST, None), "True": (s.CONST, True), "False": (s.CONST, False)}

_Handler = Callable[[Any, Any], Any]

_SMALL: dict[type, _Handler] = {
    cst.Expr: _Walk.expression_statement,
    cst.Assign: _Walk.assign,
    cst.AnnAssign: _Walk.annotated,
    cst.AugAssign: _Walk.augmented,
    cst.Return: _Walk.return_statement,
    cst.Raise: _Walk.raise_statement,
    cst.Break: lambda walk, node: (s.BREAK,),
    cst.Continue: lambda walk, node: (s.CONTINUE,),
    cst.Global: _Walk.names,
    cst.Nonlocal: _Walk.names,
    cst.Del: _Walk.delete,
    cst.Assert: _Walk.assertion,
    cst.Import: _Walk.imports,
    cst.ImportFrom: _Walk.imports_from,
    cst.TypeAlias: _Walk.type_alias,
}

_COMPOUND: dict[type, _Handler] = {
    cst.If: _Walk.conditional,
    cst.For: _Walk.for_loop,
    cst.While: _Walk.while_loop,
    cst.Try: _Walk.try_statement,
    cst.TryStar: _Walk.try_statement,
    cst.With: _Walk.with_statement,
    cst.Match: _Walk.match,
    cst.FunctionDef: _Walk.function,
    cst.ClassDef: _Walk.class_statement,
}

_EXPRESSION: dict[type, _Handler] = {
    cst.Name: _Walk.name,
    cst.Attribute: _Walk.attribute,
    cst.Call: _Walk.call,
    cst.Subscript: _Walk.subscript,
    cst.List: _Walk.sequence,
    cst.Tuple: _Walk.sequence,
    cst.Set: _Walk.sequence,
    cst.StarredElement: _Walk.starred,
    cst.Dict: _Walk.dictionary,
    cst.BinaryOperation: _Walk.binary,
    cst.UnaryOperation: _Walk.unary,
    cst.BooleanOperation: _Walk.boolean,
    cst.Comparison: _Walk.comparison,
    cst.IfExp: _Walk.conditional_expression,
    cst.Lambda: _Walk.function_expression,
    cst.ListComp: _Walk.comprehension,
    cst.SetComp: _Walk.comprehension,
    cst.GeneratorExp: _Walk.comprehension,
    cst.DictComp: _Walk.comprehension,
    cst.Integer: lambda walk, node: (s.CONST, _integer(node.value)),
    cst.Float: lambda walk, node: _float(node.value),
    cst.Imaginary: lambda walk, node: (s.CONST, complex(node.value.replace("_", ""))),
    cst.SimpleString: lambda walk, node: (s.CONST, _string(node)),
    cst.ConcatenatedString: _Walk.concatenated,
    cst.FormattedString: _Walk.formatted,
    cst.Yield: _Walk.yielded,
    cst.Await: _Walk.awaited,
    cst.NamedExpr: _Walk.walrus,
}
