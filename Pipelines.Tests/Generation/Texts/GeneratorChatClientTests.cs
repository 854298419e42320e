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
        Assert.IsNotNull(client.GetService(typeof(TextGenerator)));
        Assert.IsNull(client.GetService(typeof(string)));
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
