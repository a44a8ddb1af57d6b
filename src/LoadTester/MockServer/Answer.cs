using System.Text.Json;

namespace Octet.LoadTester.MockServer;

/// <summary>One request, from its body to its last byte.</summary>
internal sealed class Answer(MockServerOptions options, ServerLoad load, MonotonicClock clock, HttpContext context, RequestTruth truth)
{
    private CancellationToken Left => context.RequestAborted;

    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task RunAsync(bool chat)
    {
        CompletionRequest request;
        try
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: Left);
            request = CompletionRequest.Read(body.RootElement, chat);
        }
        catch (JsonException malformed)
        {
            truth.Outcome = AnswerOutcome.Refused;
            await RefuseAsync(StatusCodes.Status400BadRequest, malformed.Message);
            return;
        }

        var plan = new AnswerPlan(options, truth.Number, request.Tokens);
        (truth.Stream, truth.PromptTokens, truth.Asked) = (request.Stream, request.PromptTokens, request.Tokens);
        truth.PromptHash = request.PromptHash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
        (truth.Fault, truth.PlannedTtftMs) = (plan.Fault.Name, plan.TtftMs);
        if (plan.Fault.Kind is FaultKind.Status)
        {
            truth.Outcome = AnswerOutcome.Failed;
            await RefuseAsync(plan.Fault.Status, "injected by the mock server");
            return;
        }

        await StartAsync(request.Stream);
        using (await load.WaitForSlotAsync(Left))
        {
            truth.Granted = clock.Nanoseconds;
            await AnswerAsync(request, plan);
        }
    }

    private async Task RefuseAsync(int status, string message)
    {
        truth.Status = status;
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        if (status == StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        await context.Response.BodyWriter.WriteAsync(AnswerText.Error(message, status), Left);
    }

    /// <summary>The head of a stream goes out before the first token, as vLLM's does.</summary>
    private async Task StartAsync(bool stream)
    {
        truth.Status = StatusCodes.Status200OK;
        context.Response.ContentType = stream ? "text/event-stream; charset=utf-8" : "application/json";
        if (stream)
        {
            await context.Response.BodyWriter.FlushAsync(Left);
        }
    }

    private async Task AnswerAsync(CompletionRequest request, AnswerPlan plan)
    {
        var due = truth.Granted + MonotonicClock.OfMilliseconds(plan.TtftMs);
        await clock.WaitUntilAsync(due, Left);
        if (plan.Fault.Kind is FaultKind.Empty or FaultKind.StreamError)
        {
            truth.Outcome = AnswerOutcome.Failed;
            await WriteAsync(plan.Fault.Kind == FaultKind.Empty ? [] : request.Stream ? AnswerText.StreamError() : AnswerText.Error("injected by the mock server", 500));
            return;
        }

        var text = new AnswerText(request, truth.Id, options.Model, options.Usage);
        if (request is { Chat: true, Stream: true })
        {
            await WriteAsync(text.Role());
        }

        if (await TokensAsync(request, plan, text, due))
        {
            await (request.Stream ? WriteAsync(text.End(truth.Sent)) : WriteAsync(text.Whole(truth.Sent, finished: true)));
            truth.Outcome = AnswerOutcome.Completed;
        }
        else if (truth.Outcome == AnswerOutcome.Truncated && !request.Stream)
        {
            await WriteAsync(text.Whole(truth.Sent, finished: false));
        }
    }

    /// <summary>Sends the tokens at their times. The times are kept from the first token on: what one write was late is not added to the next.</summary>
    /// <returns>False when a fault ended the answer.</returns>
    private async Task<bool> TokensAsync(CompletionRequest request, AnswerPlan plan, AnswerText text, long due)
    {
        var strikes = plan.Fault.Kind is FaultKind.Truncate or FaultKind.Disconnect or FaultKind.Stall;
        while (truth.Sent < request.Tokens)
        {
            if (strikes && truth.Sent >= plan.FaultAt)
            {
                strikes = false;
                if (Ends(plan.Fault.Kind))
                {
                    return false;
                }

                due = Math.Max(due, clock.Nanoseconds) + MonotonicClock.OfMilliseconds(plan.StallMs);
            }

            await clock.WaitUntilAsync(due, Left);
            var limit = strikes ? plan.FaultAt : request.Tokens;
            var count = Math.Min(options.TokensPerEvent, limit - truth.Sent);
            await SendAsync(request, text, count);
            for (var i = 0; i < count; i++)
            {
                due += MonotonicClock.OfMilliseconds(plan.NextGapMs(load.Running));
            }
        }

        return true;
    }

    private bool Ends(FaultKind kind)
    {
        if (kind == FaultKind.Disconnect)
        {
            context.Abort();
        }

        truth.Outcome = kind == FaultKind.Disconnect ? AnswerOutcome.Disconnected : AnswerOutcome.Truncated;
        return kind != FaultKind.Stall;
    }

    private async Task SendAsync(CompletionRequest request, AnswerText text, int count)
    {
        var sent = truth.Sent + count;
        var payload = request.Stream ? text.Tokens(count, sent, last: sent == request.Tokens) : null;
        var now = clock.Nanoseconds;
        if (payload is not null)
        {
            await WriteAsync(payload);
        }

        truth.FirstToken = truth.Sent == 0 ? now : truth.FirstToken;
        truth.LastToken = now;
        truth.Sent = sent;
        truth.TokenUs.AddRange(Enumerable.Repeat((int)Math.Min(int.MaxValue, (now - truth.Received) / 1000), count));
    }

    private async Task WriteAsync(byte[] bytes) => await context.Response.BodyWriter.WriteAsync(bytes, Left);
}
