using Microsoft.Extensions.AI;
using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>A generator behind Microsoft.Extensions.AI.</summary>
[TestClass]
public sealed class GeneratorChatClientTests
{
    public TestContext TestContext { get; set; } = null!;

    [TestMethod]
    public async Task AnswersAndStreamsTheSame()
    {
        using var client = new GeneratorChatClient(TextGenerator.Load(TinyGenerators.Separate), new() { ModelId = "tiny" });
        ChatMessage[] messages = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "Hello"), new(ChatRole.Assistant, "Hi"), new(ChatRole.User, "Where is my parcel?")];
        var options = new ChatOptions { MaxOutputTokens = 9 };
        var response = await client.GetResponseAsync(messages, options, TestContext.CancellationToken);
        Assert.AreEqual(ChatRole.Assistant, response.Messages[0].Role);
        Assert.AreEqual("tiny", response.ModelId);
        Assert.IsLessThanOrEqualTo(9, response.Usage!.OutputTokenCount!.Value);
        var streamed = await client.GetStreamingResponseAsync(messages, options, TestContext.CancellationToken).ToChatResponseAsync(TestContext.CancellationToken);
        Assert.AreEqual(response.Text, streamed.Text);
        Assert.AreEqual(response.FinishReason, streamed.FinishReason);
        Assert.AreEqual(response.Usage.TotalTokenCount, streamed.Usage!.TotalTokenCount);
        Assert.IsNotNull(client.GetService(typeof(TextGenerator)));
        Assert.IsNull(client.GetService(typeof(string)));
    }

    [TestMethod]
    public async Task ATemperatureOfZeroDrawsNothing()
    {
        using var client = new GeneratorChatClient(TextGenerator.Load(TinyGenerators.Separate));
        string greedy = await Answer(new());
        Assert.AreEqual(greedy, await Answer(new() { Temperature = 0, TopP = 1, TopK = 40, Seed = 5 }));
        Assert.AreNotEqual(greedy, await Answer(new() { Temperature = 2, Seed = 5 }));

        async Task<string> Answer(ChatOptions options) => (await client.GetResponseAsync([new(ChatRole.User, "hello world")], options, TestContext.CancellationToken)).Text;
    }

    [TestMethod]
    public async Task EarlierTurnsGiveWayToTheMessage()
    {
        using var client = new GeneratorChatClient(TextGenerator.Load(TinyGenerators.Separate, new() { MaximumPromptTokens = 60 }));
        ChatMessage[] earlier = [.. Enumerable.Range(0, 6).Select(i => new ChatMessage(i % 2 == 0 ? ChatRole.User : ChatRole.Assistant, string.Concat(Enumerable.Repeat("some words ", 3 * (6 - i)))))];
        var first = await Answer("hello world");
        Assert.IsInRange(20, 60, first.Usage!.InputTokenCount!.Value, "The latest turns stay.");
        Assert.AreNotEqual(first.Text, (await Answer("where is my parcel")).Text);

        Task<ChatResponse> Answer(string message) => client.GetResponseAsync([.. earlier, new(ChatRole.User, message)], new() { MaxOutputTokens = 12 }, TestContext.CancellationToken);
    }

    [TestMethod]
    public async Task WhatItCannotDoIsRefused()
    {
        using var client = new GeneratorChatClient(TextGenerator.Load(TinyGenerators.Separate));
        ChatMessage[] hello = [new(ChatRole.User, "Hello")];
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => client.GetResponseAsync([new(ChatRole.Assistant, "Hi")], cancellationToken: TestContext.CancellationToken));
        await Assert.ThrowsExactlyAsync<NotSupportedException>(() => client.GetResponseAsync(hello, new ChatOptions { ResponseFormat = ChatResponseFormat.Json }, TestContext.CancellationToken));
        await Assert.ThrowsExactlyAsync<NotSupportedException>(() => client.GetResponseAsync([new(ChatRole.User, [new DataContent(new byte[3], "image/png")])], cancellationToken: TestContext.CancellationToken));
        await Assert.ThrowsExactlyAsync<ArgumentException>(() => client.GetResponseAsync(hello, new ChatOptions { MaxOutputTokens = 0 }, TestContext.CancellationToken));
        Assert.ThrowsExactly<ArgumentException>(() => new GeneratorChatClient(TextGenerator.Load(TinyGenerators.Separate), new() { Prompt = "{nonsense}" }));
    }
}
