using Octet.Inference;
using Octet.InferenceServer.Hosting;
using Octet.InferenceServer.Text;

namespace Octet.InferenceServer.Http;

/// <summary>What became new in one sequence.</summary>
/// <param name="Text">Text that may be shown now.</param>
/// <param name="TokenIds">New ids.</param>
/// <param name="Logprobs">One per new id; null when not asked for.</param>
/// <param name="Finish">Null while it goes on.</param>
public sealed record GenerationStep(string Text, IReadOnlyList<int> TokenIds, IReadOnlyList<PositionLogprobs>? Logprobs, FinishReason? Finish);

/// <summary>One choice of a response while it is made.</summary>
public sealed class Generation
{
    private readonly ServedModel _model;
    private readonly EngineStream _stream;
    private readonly TextAssembler _text;
    private readonly bool _includeStop;
    private readonly Siblings _siblings;
    private long _lastToken;

    private Generation(ServedModel model, int index, IReadOnlyList<int> promptIds, EngineStream stream, TextAssembler text, bool includeStop, Siblings siblings)
    {
        _model = model;
        Index = index;
        PromptIds = promptIds;
        _stream = stream;
        _text = text;
        _includeStop = includeStop;
        _siblings = siblings;
    }

    public int Index { get; }

    public IReadOnlyList<int> PromptIds { get; }

    public int OutputTokens { get; private set; }

    public int CachedTokens { get; private set; }

    public IReadOnlyList<PositionLogprobs?>? PromptLogprobs { get; private set; }

    /// <summary>Stop string or stop token id that ended it; null otherwise.</summary>
    public object? StopReason { get; private set; }

    /// <summary>Queues every choice of every prompt; on failure none stays behind.</summary>
    /// <exception cref="ApiException">The queue is full or a prompt is too long.</exception>
    public static List<Generation> Submit(ServedModel model, string id, IReadOnlyList<IReadOnlyList<int>> prompts, GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(request);
        var generations = new List<Generation>();
        try
        {
            foreach (var prompt in prompts)
            {
                var room = model.Engine.Info.MaxModelLen - prompt.Count;
                var siblings = new Siblings(request.N, Math.Min(request.MaxTokens ?? room, room));
                for (var sample = 0; sample < request.N; sample++)
                {
                    generations.Add(SubmitOne(model, $"{id}-{generations.Count}", generations.Count, prompt, request, sample, siblings));
                }
            }

            return generations;
        }
        catch (EngineQueueFullException full)
        {
            generations.ForEach(generation => generation.Cancel());
            model.Metrics.Rejected();
            throw ApiException.Busy(full.Message);
        }
    }

    public void Cancel() => _stream.Cancel();

    /// <summary>Steps until the sequence ends.</summary>
    /// <exception cref="ApiException">The engine failed.</exception>
    public async IAsyncEnumerable<GenerationStep> RunAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.Register(_stream.Cancel);
        await foreach (var output in _stream.Outputs.ReadAllAsync(cancellationToken))
        {
            if (output.FinishReason == FinishReason.Error)
            {
                End(FinishReason.Error, output);
                throw ApiException.Failed(output.Error ?? "the engine failed");
            }

            if (Advance(output) is { } step)
            {
                yield return step;
                if (step.Finish is not null)
                {
                    yield break;
                }
            }
        }
    }

    private static Generation SubmitOne(ServedModel model, string id, int index, IReadOnlyList<int> prompt, GenerationRequest request, int sample, Siblings siblings)
    {
        var sampling = request.Sampling with
        {
            MaxTokens = siblings.MaxTokens,
            Seed = request.Sampling.Seed + sample,
        };
        var decoder = model.Tokenizer.CreateDecodeStream(prompt, request.SkipSpecialTokens);
        var stream = model.Engine.Submit(new EngineRequest(id, prompt, sampling) { CacheSalt = request.CacheSalt });
        return new Generation(model, index, prompt, stream, new TextAssembler(decoder, request.Stop, request.IncludeStop), request.IncludeStop, siblings);
    }

    private GenerationStep? Advance(EngineOutput output)
    {
        PromptLogprobs ??= output.PromptLogprobs;
        CachedTokens = output.CachedTokens;
        OutputTokens += output.TokenIds.Count;
        CountTokens(output.TokenIds.Count);
        var finish = output.FinishReason;
        for (var i = 0; i < output.TokenIds.Count; i++)
        {
            // The token that ends a sequence has no text, unless it was asked for.
            if (finish != FinishReason.Stop || _includeStop || i < output.TokenIds.Count - 1)
            {
                _text.Add(output.TokenIds[i]);
            }
        }

        StopReason = output.StopTokenId;
        if (_text.Stopped is { } stop)
        {
            StopReason = stop;
            finish = FinishReason.Stop;
            _stream.Cancel();
        }

        if (finish is { } reason)
        {
            End(reason, output);
        }

        return new GenerationStep(_text.Take(finish is not null), output.TokenIds, output.Logprobs, finish);
    }

    private void End(FinishReason reason, EngineOutput output)
    {
        _model.Metrics.Finished(reason, PromptIds.Count, CachedTokens, OutputTokens, _siblings.MaxTokens, output.Preemptions, output.Timings);
        _siblings.Ended(_model.Metrics, OutputTokens);
    }

    private void CountTokens(int tokens)
    {
        var now = _model.Time.GetTimestamp();
        for (var i = 0; i < tokens; i++)
        {
            _model.Metrics.Token(_lastToken == 0 ? null : i == 0 ? _model.Time.GetElapsedTime(_lastToken, now).TotalSeconds : 0);
            _lastToken = now;
        }
    }
}
