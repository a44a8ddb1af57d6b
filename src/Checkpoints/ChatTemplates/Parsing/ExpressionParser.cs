using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Octet.Checkpoints.ChatTemplates.Nodes;
using Octet.Checkpoints.ChatTemplates.Values;

namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Expressions, with Jinja's order of operators: <c>or and not compare + - ~ * / // % ** sign</c>, filters and tests last.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    public Expression Expression(bool withConditional = true)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw ChatTemplateException.Limit("the template nests too deeply");
        }

        return withConditional ? Conditional() : Or();
    }

    /// <summary>An expression, or a tuple without parentheses.</summary>
    public Expression Tuple(bool withConditional = true, bool parenthesized = false, string? end = null)
    {
        var items = new List<Expression>();
        var isTuple = false;
        while (!AtTupleEnd(end))
        {
            items.Add(Expression(withConditional));
            if (!tokens.SkipIf(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple || (items.Count == 0 && parenthesized) ? new TupleDisplay(items)
            : items.Count == 1 ? items[0]
            : throw tokens.Fail($"Expected an expression, got '{tokens.Current.Description}'");
    }

    public ArgumentList Arguments()
    {
        tokens.Expect("(");
        var (positional, named) = (new List<Expression>(), new List<KeyValuePair<string, Expression>>());
        Expression? rest = null;
        Expression? namedRest = null;
        while (!tokens.SkipIf(")"))
        {
            if (positional.Count + named.Count > 0 || rest is not null || namedRest is not null)
            {
                tokens.Expect(",");
                if (tokens.SkipIf(")"))
                {
                    break;
                }
            }

            if (tokens.SkipIf("*"))
            {
                rest = rest is null && namedRest is null ? Expression() : throw tokens.Fail("invalid syntax for function call expression");
            }
            else if (tokens.SkipIf("**"))
            {
                namedRest = namedRest is null ? Expression() : throw tokens.Fail("invalid syntax for function call expression");
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Next.Is("="))
            {
                var name = tokens.Take().Text;
                tokens.Take();
                named.Add(KeyValuePair.Create(name, Expression()));
            }
            else
            {
                positional.Add(named.Count == 0 && rest is null && namedRest is null ? Expression() : throw tokens.Fail("invalid syntax for function call expression"));
            }
        }

        return new ArgumentList(positional, named, rest, namedRest);
    }

    /// <summary>The filters of a block: <c>name(arguments) | name ...</c>.</summary>
    public FilterUse BlockFilter()
    {
        var filter = Filter(null);
        while (tokens.SkipIf("|"))
        {
            filter = Filter(filter);
        }

        return filter;
    }

    private bool AtTupleEnd(string? end) => tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || tokens.Current.Is(")") || (end is not null && tokens.Current.IsName(end));

    private Expression Conditional()
    {
        var value = Or();
        while (tokens.SkipIfName("if"))
        {
            var condition = Or();
            var otherwise = tokens.SkipIfName("else") ? Expression() : null;
            value = new Conditional(condition, value, otherwise);
        }

        return value;
    }

    private Expression Or()
    {
        var left = And();
        while (tokens.SkipIfName("or"))
        {
            left = new Junction(and: false, left, And());
        }

        return left;
    }

    private Expression And()
    {
        var left = Negation();
        while (tokens.SkipIfName("and"))
        {
            left = new Junction(and: true, left, Negation());
        }

        return left;
    }

    private Expression Negation()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw ChatTemplateException.Limit("the template nests too deeply");
        }

        return tokens.SkipIfName("not") ? new Not(Negation()) : Comparison();
    }

    private Expression Comparison()
    {
        var first = Sum();
        var rest = new List<KeyValuePair<string, Expression>>();
        while (ComparisonSign() is { } sign)
        {
            rest.Add(KeyValuePair.Create(sign, Sum()));
        }

        return rest.Count == 0 ? first : new Comparison(first, rest);
    }

    private string? ComparisonSign()
    {
        if (tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
        {
            return tokens.Take().Text;
        }

        if (tokens.Current.IsName("not") && tokens.Next.IsName("in"))
        {
            tokens.Take();
            tokens.Take();
            return "not in";
        }

        return tokens.SkipIfName("in") ? "in" : null;
    }

    private Expression Sum() => Binary(["+", "-"], Concatenation);

    private Expression Concatenation()
    {
        var parts = new List<Expression> { Product() };
        while (tokens.SkipIf("~"))
        {
            parts.Add(Product());
        }

        return parts.Count == 1 ? parts[0] : new Concatenation(parts);
    }

    private Expression Product() => Binary(["*", "/", "//", "%"], Power);

    private Expression Power() => Binary(["**"], () => Unary(withFilters: true));

    private Expression Binary(string[] signs, Func<Expression> operand)
    {
        var left = operand();
        while (tokens.Current.Kind == TokenKind.Operator && signs.Contains(tokens.Current.Text))
        {
            left = new Arithmetic(tokens.Take().Text, left, operand());
        }

        return left;
    }

    private Expression Unary(bool withFilters)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw ChatTemplateException.Limit("the template nests too deeply");
        }

        var value = tokens.SkipIf("-") ? new Signed(negative: true, Unary(withFilters: false))
            : tokens.SkipIf("+") ? new Signed(negative: false, Unary(withFilters: false))
            : Primary();
        value = Postfix(value);
        return withFilters ? Filters(value) : value;
    }

    private Expression Primary()
    {
        var token = tokens.Take();
        return token.Kind switch
        {
            TokenKind.Name => Named(token.Text),
            TokenKind.String => new Constant(new StringValue(Strings(token.Text))),
            TokenKind.Integer => new Constant(new IntValue(Integer(token))),
            TokenKind.Float => new Constant(new FloatValue(double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture))),
            TokenKind.Operator when token.Text == "(" => Parenthesized(),
            TokenKind.Operator when token.Text == "[" => new ListDisplay(Items()),
            TokenKind.Operator when token.Text == "{" => new DictDisplay(Entries()),
            _ => throw TokenStream.FailAt(token, $"unexpected '{token.Description}'"),
        };
    }

    private Expression Named(string name)
    {
        Value? constant = name switch
        {
            "true" or "True" => BoolValue.True,
            "false" or "False" => BoolValue.False,
            "none" or "None" => NoneValue.Instance,
            _ => null,
        };
        if (constant is not null)
        {
            return new Constant(constant);
        }

        tokens.Mentioned.Add(name);
        return new NameReference(name);
    }

    private string Strings(string text)
    {
        while (tokens.Current.Kind == TokenKind.String)
        {
            text += tokens.Take().Text;
        }

        return text;
    }

    private static BigInteger Integer(Token token)
    {
        var digits = token.Text.Replace("_", "", StringComparison.Ordinal);
        var radix = digits.Length > 1 ? digits[1] switch { 'x' or 'X' => 16, 'o' or 'O' => 8, 'b' or 'B' => 2, _ => 10 } : 10;
        var number = BigInteger.Zero;
        if (digits.Length > 4300)
        {
            throw ChatTemplateException.Limit("an int is too large");
        }

        foreach (var digit in radix == 10 ? digits : digits[2..])
        {
            var value = char.IsAsciiDigit(digit) ? digit - '0' : char.ToLowerInvariant(digit) - 'a' + 10;
            number = value < radix ? (number * radix) + value : throw TokenStream.FailAt(token, $"unexpected '{token.Text}'");
        }

        return number;
    }

    private Expression Parenthesized()
    {
        var inner = Tuple(parenthesized: true);
        tokens.Expect(")");
        return inner;
    }

    private List<Expression> Items()
    {
        var items = new List<Expression>();
        while (!tokens.SkipIf("]"))
        {
            items.Add(Expression());
            if (!tokens.Current.Is("]"))
            {
                tokens.Expect(",");
            }
        }

        return items;
    }

    private List<KeyValuePair<Expression, Expression>> Entries()
    {
        var entries = new List<KeyValuePair<Expression, Expression>>();
        while (!tokens.SkipIf("}"))
        {
            var key = Expression();
            tokens.Expect(":");
            entries.Add(KeyValuePair.Create(key, Expression()));
            if (!tokens.Current.Is("}"))
            {
                tokens.Expect(",");
            }
        }

        return entries;
    }

    private Expression Postfix(Expression value)
    {
        while (true)
        {
            if (tokens.SkipIf("."))
            {
                value = Attribute(value);
            }
            else if (tokens.SkipIf("["))
            {
                value = Subscript(value);
            }
            else if (tokens.Current.Is("("))
            {
                value = new Call(value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Attribute(Expression owner)
    {
        var token = tokens.Take();
        return token.Kind switch
        {
            TokenKind.Name => new AttributeAccess(owner, token.Text),
            TokenKind.Integer => new ItemAccess(owner, new Constant(new IntValue(Integer(token)))),
            _ => throw TokenStream.FailAt(token, "expected name or number"),
        };
    }

    private Expression Subscript(Expression owner)
    {
        Expression? start = null;
        if (!tokens.Current.Is(":"))
        {
            start = Expression();
            if (tokens.SkipIf("]"))
            {
                return new ItemAccess(owner, start);
            }
        }

        tokens.Expect(":");
        var stop = tokens.Current.Is(":") || tokens.Current.Is("]") ? null : Expression();
        var step = tokens.SkipIf(":") && !tokens.Current.Is("]") ? Expression() : null;
        tokens.Expect("]");
        return new SliceAccess(owner, start, stop, step);
    }

    private Expression Filters(Expression value)
    {
        while (true)
        {
            if (tokens.SkipIf("|"))
            {
                value = Filter(value);
            }
            else if (tokens.SkipIfName("is"))
            {
                value = Test(value);
            }
            else if (tokens.Current.Is("("))
            {
                value = new Call(value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private FilterUse Filter(Expression? value)
    {
        var name = tokens.Dotted();
        return new FilterUse(value, name, tokens.Current.Is("(") ? Arguments() : ArgumentList.None);
    }

    private TestUse Test(Expression value)
    {
        var negated = tokens.SkipIfName("not");
        var name = tokens.Dotted();
        var arguments = tokens.Current.Is("(") ? Arguments()
            : StartsArgument() ? new ArgumentList([Postfix(Primary())], [], null, null)
            : ArgumentList.None;
        return new TestUse(value, name, arguments, negated);
    }

    private bool StartsArgument()
    {
        var token = tokens.Current;
        return token.IsName("is") ? throw tokens.Fail("You cannot chain multiple tests with is")
            : token.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || token.Is("[") || token.Is("{")
            || (token.Kind == TokenKind.Name && token.Text is not ("else" or "or" or "and"));
    }
}
