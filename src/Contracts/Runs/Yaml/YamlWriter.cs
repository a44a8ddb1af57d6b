using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Octet.Contracts.Runs.Yaml;

/// <summary>Writes one document of mappings; a null value writes no line.</summary>
internal sealed class YamlWriter : IDisposable
{
    private readonly StringWriter _text = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
    private readonly Emitter _emitter;

    public YamlWriter()
    {
        _emitter = new Emitter(_text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024));
        _emitter.Emit(new StreamStart());
        _emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        _emitter.Emit(new MappingStart());
    }

    public string Finish()
    {
        _emitter.Emit(new MappingEnd());
        _emitter.Emit(new DocumentEnd(isImplicit: true));
        _emitter.Emit(new StreamEnd());
        return _text.ToString();
    }

    public void Field(string key, string? value)
    {
        if (value is not null)
        {
            Plain(key);
            Text(value);
        }
    }

    public void Field(string key, bool? value) => Number(key, value switch { true => "true", false => "false", null => null });

    public void Field(string key, long? value) => Number(key, value?.ToString(CultureInfo.InvariantCulture));

    public void Field(string key, double? value) => Number(key, value?.ToString("R", CultureInfo.InvariantCulture));

    public void Field(string key, IReadOnlyList<string> values) => Flow(key, values, Text);

    public void Field(string key, IReadOnlyList<int> values) => Flow(key, values, value => Plain(value.ToString(CultureInfo.InvariantCulture)));

    public void Section(string key, Action fields)
    {
        Plain(key);
        Mapping(fields);
    }

    /// <summary>A list of mappings.</summary>
    public void Items<T>(string key, IReadOnlyList<T> items, Action<T> fields)
    {
        Plain(key);
        _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Block));
        foreach (var item in items)
        {
            Mapping(() => fields(item));
        }

        _emitter.Emit(new SequenceEnd());
    }

    public void Dispose() => _text.Dispose();

    private void Mapping(Action fields)
    {
        _emitter.Emit(new MappingStart());
        fields();
        _emitter.Emit(new MappingEnd());
    }

    private void Flow<T>(string key, IReadOnlyList<T> values, Action<T> write)
    {
        Plain(key);
        _emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, SequenceStyle.Flow));
        foreach (var value in values)
        {
            write(value);
        }

        _emitter.Emit(new SequenceEnd());
    }

    private void Number(string key, string? value)
    {
        if (value is not null)
        {
            Plain(key);
            Plain(value);
        }
    }

    private void Plain(string value) => _emitter.Emit(new Scalar(value));

    private void Text(string value) => _emitter.Emit(new Scalar(
        AnchorName.Empty,
        TagName.Empty,
        value,
        YamlText.IsNullWord(value) ? ScalarStyle.DoubleQuoted : ScalarStyle.Any,
        isPlainImplicit: true,
        isQuotedImplicit: true));
}
