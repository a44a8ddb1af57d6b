using Octet.Checkpoints.ChatTemplates.Nodes;

namespace Octet.Checkpoints.ChatTemplates.Parsing;

/// <summary>Statements of a template.</summary>
internal sealed class TemplateParser
{
    private const int DeepestNesting = 200;
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private int _loops;
    private int _depth;

    private TemplateParser(TokenStream tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
    }

    /// <exception cref="ChatTemplateException">The text is not a template.</exception>
    public static Block Parse(string source)
    {
        return new TemplateParser(new TokenStream(TemplateLexer.Read(source))).Body([]);
    }

    /// <summary>Statements up to one of the end tags, whose name is taken; to the end of the template when there are none.</summary>
    private Block Body(ReadOnlySpan<string> ends)
    {
        if (++_depth > DeepestNesting)
        {
            throw ChatTemplateException.Limit("the template nests too deeply");
        }

        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TextOutput(token.Text));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new Print(_expressions.Tuple()));
                    ExpectPrintEnd();
                    break;
                case TokenKind.BlockBegin when _tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text):
                    _depth--;
                    return new Block(statements);
                case TokenKind.BlockBegin:
                    statements.Add(Statement());
                    break;
                default:
                    _depth--;
                    return ends.Length == 0 ? new Block(statements) : throw _tokens.Fail($"Unexpected end of template. Jinja was looking for the following tags: '{string.Join("' or '", ends.ToArray())}'.");
            }
        }
    }

    private void ExpectPrintEnd()
    {
        if (_tokens.Take() is var token && token.Kind != TokenKind.VariableEnd)
        {
            throw TokenStream.FailAt(token, $"expected token 'end of print statement', got '{token.Description}'");
        }
    }

    private Statement Statement()
    {
        var token = _tokens.Current;
        var tag = token.Kind == TokenKind.Name ? _tokens.Take().Text : throw _tokens.Fail("tag name expected");
        return tag switch
        {
            "if" => If(),
            "for" => For(),
            "set" => Set(),
            "macro" => Macro(),
            "call" => CallBlock(),
            "filter" => FilterBlock(),
            "with" => With(),
            "generation" => Nested("endgeneration"),
            "block" => NamedBlock(),
            "break" => Jump(Flow.Break),
            "continue" => Jump(Flow.Continue),
            "include" or "import" or "extends" or "from" => Unavailable(tag),
            _ => throw TokenStream.FailAt(token, $"Encountered unknown tag '{tag}'."),
        };
    }

    private If If()
    {
        var branches = new List<KeyValuePair<Expression, Block>>();
        while (true)
        {
            var condition = _expressions.Tuple(withConditional: false);
            _tokens.ExpectEnd();
            branches.Add(KeyValuePair.Create(condition, Body(["elif", "else", "endif"])));
            var end = _tokens.Take().Text;
            if (end == "elif")
            {
                continue;
            }

            _tokens.ExpectEnd();
            var otherwise = end == "else" ? End(Body(["endif"])) : Block.Empty;
            return new If(branches, otherwise);
        }
    }

    private For For()
    {
        var target = Targets(end: "in");
        if (!_tokens.SkipIfName("in"))
        {
            throw _tokens.Fail($"expected token 'in', got '{_tokens.Current.Description}'");
        }

        var source = _expressions.Tuple(withConditional: false, end: "recursive");
        var condition = _tokens.SkipIfName("if") ? _expressions.Expression() : null;
        var recursive = _tokens.SkipIfName("recursive");
        _tokens.ExpectEnd();
        _loops++;
        var body = Body(["endfor", "else"]);
        _loops--;
        var end = _tokens.Take().Text;
        _tokens.ExpectEnd();
        return new For(target, source, condition, recursive, body, end == "else" ? End(Body(["endfor"])) : Block.Empty);
    }

    /// <summary>Takes the end tag behind a body.</summary>
    private Block End(Block body)
    {
        _tokens.Take();
        _tokens.ExpectEnd();
        return body;
    }

    private Statement Set()
    {
        var target = Targets(end: null);
        if (_tokens.SkipIf("="))
        {
            var value = _expressions.Tuple();
            _tokens.ExpectEnd();
            return new Assignment(target, value);
        }

        var filter = _tokens.SkipIf("|") ? _expressions.BlockFilter() : null;
        _tokens.ExpectEnd();
        return new BlockAssignment(target, filter, End(Body(["endset"])));
    }

    private Target Targets(string? end)
    {
        var parts = new List<Target> { SingleTarget() };
        var isTuple = false;
        while (_tokens.SkipIf(","))
        {
            isTuple = true;
            if (_tokens.Current.Is("=") || (end is not null && _tokens.Current.IsName(end)))
            {
                break;
            }

            parts.Add(SingleTarget());
        }

        return isTuple ? new TupleTarget(parts) : parts[0];
    }

    private Target SingleTarget()
    {
        if (_tokens.SkipIf("("))
        {
            var inner = Targets(end: null);
            _tokens.Expect(")");
            return inner;
        }

        if (_tokens.Current.Kind != TokenKind.Name)
        {
            throw _tokens.Fail($"Expected an expression, got '{_tokens.Current.Description}'");
        }

        var name = _tokens.Take().Text;
        return name is "true" or "false" or "none" or "True" or "False" or "None" ? throw _tokens.Fail($"can't assign to '{name}'")
            : _tokens.SkipIf(".") ? new NamespaceTarget(name, _tokens.ExpectName())
            : new NameTarget(name);
    }

    private Macro Macro()
    {
        var name = _tokens.ExpectName();
        var parameters = Parameters();
        _tokens.ExpectEnd();
        return new Macro(Definition(name, parameters, "endmacro"));
    }

    private CallBlock CallBlock()
    {
        var parameters = _tokens.Current.Is("(") ? Parameters() : [];
        var name = _tokens.Dotted().Split('.');
        var function = name.Skip(1).Aggregate((Expression)new NameReference(name[0]), (owner, attribute) => new AttributeAccess(owner, attribute));
        var arguments = _expressions.Arguments();
        _tokens.ExpectEnd();
        return new CallBlock(function, arguments, Definition("caller", parameters, "endcall"));
    }

    private MacroDefinition Definition(string name, List<KeyValuePair<string, Expression?>> parameters, string end)
    {
        var (outer, loops) = (_tokens.Mentioned, _loops);
        (_tokens.Mentioned, _loops) = (new HashSet<string>(StringComparer.Ordinal), 0);
        var body = End(Body([end]));
        var uses = _tokens.Mentioned;
        (_tokens.Mentioned, _loops) = (outer, loops);
        outer.UnionWith(uses);
        return new MacroDefinition(name, parameters, body, uses);
    }

    private List<KeyValuePair<string, Expression?>> Parameters()
    {
        var parameters = new List<KeyValuePair<string, Expression?>>();
        _tokens.Expect("(");
        while (!_tokens.SkipIf(")"))
        {
            var name = _tokens.ExpectName();
            parameters.Add(KeyValuePair.Create(name, _tokens.SkipIf("=") ? _expressions.Expression() : null));
            if (!_tokens.Current.Is(")"))
            {
                _tokens.Expect(",");
            }
        }

        return parameters;
    }

    private FilterBlock FilterBlock()
    {
        var filter = _expressions.BlockFilter();
        _tokens.ExpectEnd();
        return new FilterBlock(filter, End(Body(["endfilter"])));
    }

    private Nested With()
    {
        var assignments = new List<KeyValuePair<Target, Expression>>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (assignments.Count > 0)
            {
                _tokens.Expect(",");
            }

            var target = SingleTarget();
            _tokens.Expect("=");
            assignments.Add(KeyValuePair.Create(target, _expressions.Expression()));
        }

        _tokens.ExpectEnd();
        return new Nested(assignments, End(Body(["endwith"])));
    }

    private Nested Nested(string end)
    {
        _tokens.ExpectEnd();
        return new Nested([], End(Body([end])));
    }

    private Nested NamedBlock()
    {
        var name = _tokens.ExpectName();
        _tokens.ExpectEnd();
        var body = Body(["endblock"]);
        _tokens.Take();
        _ = _tokens.SkipIfName(name);
        _tokens.ExpectEnd();
        return new Nested([], body);
    }

    private Jump Jump(Flow flow)
    {
        _tokens.ExpectEnd();
        return _loops > 0 ? new Jump(flow) : throw _tokens.Fail($"'{(flow == Flow.Break ? "break" : "continue")}' outside loop");
    }

    private Unavailable Unavailable(string tag)
    {
        while (_tokens.Current.Kind is not (TokenKind.BlockEnd or TokenKind.End))
        {
            _tokens.Take();
        }

        _tokens.ExpectEnd();
        return new Unavailable(tag);
    }
}
