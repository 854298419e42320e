using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Tests.Training.Checkpoints.Hub;

internal sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;
}

/// <param name="Status">The status.</param>
/// <param name="Body">What is sent, unless the request is HEAD.</param>
/// <param name="Headers">More headers.</param>
/// <param name="Length">The length that is announced, if not that of the body; a negative one is left out.</param>
/// <param name="Stalls">Whether to send nothing more, without closing.</param>
internal sealed record HubReply(int Status, byte[] Body, (string Name, string Value)[] Headers, long? Length = null, bool Stalls = false);

/// <summary>A hub on this machine that holds one model; it can be told to misbehave.</summary>
internal sealed class HubServer : IAsyncDisposable
{
    public const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;
    private readonly ConcurrentQueue<HubRequest> _requests = new();

    public HubServer()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The files of the model.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Where large files are stored, if not here.</summary>
    public HubServer? Storage { get; set; }

    /// <summary>Answers instead of the hub where it gives a reply.</summary>
    public Func<HubRequest, HubReply?> Misbehave { get; set; } = _ => null;

    public HubRequest[] Requests => [.. _requests];

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string GitHash(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));

    public static bool IsLarge(string name) => name.EndsWith(".safetensors", StringComparison.Ordinal) || name.EndsWith(".bin", StringComparison.Ordinal);

    public static HubReply Status(int status, params (string, string)[] headers) => new(status, [], headers);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        _stop.Dispose();
    }

    /// <summary>What a hub that behaves answers.</summary>
    public HubReply Answer(HubRequest request)
    {
        if (request.Path.StartsWith("/api/models/", StringComparison.Ordinal))
            return new(200, JsonSerializer.SerializeToUtf8Bytes(new { id = "org/name", sha = Commit, siblings = Files.Keys.Select(name => new { rfilename = name }) }), []);
        const string Stored = "/stored/";
        if (request.Path.StartsWith(Stored, StringComparison.Ordinal))
            return Content(request, Files[request.Path[Stored.Length..]]);
        var resolve = $"/org/name/resolve/{Commit}/";
        if (!request.Path.StartsWith(resolve, StringComparison.Ordinal) || !Files.TryGetValue(Uri.UnescapeDataString(request.Path[resolve.Length..]), out var bytes))
            return Status(404);
        var name = request.Path[resolve.Length..];
        if (!IsLarge(name))
            return Content(request, bytes, ("ETag", $"\"{GitHash(bytes)}\""));
        (string, string)[] linked = [("X-Linked-ETag", $"\"{Sha256(bytes)}\""), ("X-Linked-Size", bytes.Length.ToString(CultureInfo.InvariantCulture)), ("X-Repo-Commit", Commit)];
        return Storage == null ? Content(request, bytes, linked) : Status(302, [.. linked, ("Location", new Uri(Storage.Address, Stored + name).ToString())]);
    }

    /// <summary>All of it, or the part that is asked for.</summary>
    public static HubReply Content(HubRequest request, byte[] bytes, params (string, string)[] headers)
    {
        if (request.Header("Range") is not { } range)
            return new(200, bytes, headers);
        int from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
        return from >= bytes.Length ? Status(416) : new(206, bytes[from..], [.. headers, ("Content-Range", $"bytes {from}-{bytes.Length - 1}/{bytes.Length}")]);
    }

    private async Task AcceptAsync()
    {
        var open = new List<Task>();
        try
        {
            while (true)
                open.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(open);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var connection = client;
        try
        {
            var stream = client.GetStream();
            var request = await ReadAsync(stream);
            if (request == null)
                return;
            _requests.Enqueue(request);
            var reply = Misbehave(request) ?? Answer(request);
            var head = new StringBuilder($"HTTP/1.1 {reply.Status} X\r\nConnection: close\r\n");
            long length = reply.Length ?? reply.Body.Length;
            if (length >= 0)
                head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
            foreach (var (name, value) in reply.Headers)
                head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _stop.Token);
            if (request.Method != "HEAD")
                await stream.WriteAsync(reply.Body, _stop.Token);
            await stream.FlushAsync(_stop.Token);
            if (reply.Stalls)
                await Task.Delay(Timeout.Infinite, _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
            // The other end has gone, or the server is to end.
            connection.Close();
        }
    }

    private async Task<HubRequest?> ReadAsync(Stream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            text.Append((char)one[0]);
        }
        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new HubRequest(first[0], first[1], headers);
    }
}
