using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPipelines.Tests.Sweeps.Reports;

/// <summary>A page in a real Chromium without a window, driven by the DevTools protocol.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    private readonly Process _process;
    private readonly ClientWebSocket _socket;
    private readonly TemporaryFolder _profile;
    private readonly CancellationTokenSource _limit = new(Patience);
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _last;

    private Browser(Process process, ClientWebSocket socket, TemporaryFolder profile) => (_process, _socket, _profile) = (process, socket, profile);

    /// <summary>What was written to the console, and what was thrown.</summary>
    public List<string> Messages { get; } = [];

    /// <summary>The addresses that were asked for.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The browser that is installed; null where there is none.</summary>
    public static string? Installed { get; } = Programs
        .SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    /// <summary>Opens a page of a size.</summary>
    public static async Task<Browser> OpenAsync(string file, int width, int height, bool dark = false)
    {
        var profile = new TemporaryFolder();
        var start = new ProcessStartInfo(Installed!) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking", "--remote-debugging-port=0", $"--user-data-dir={profile.Path}", "about:blank" })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            // The browser writes its port and the path of its own socket into its profile.
            string port = Path.Combine(profile.Path, "DevToolsActivePort");
            var clock = Stopwatch.StartNew();
            string[] lines = [];
            while (lines.Length < 2)
            {
                if (process.HasExited || clock.Elapsed > Patience)
                    throw new InvalidOperationException($"The browser {Installed} did not start.");
                await Task.Delay(50);
                lines = File.Exists(port) ? await File.ReadAllLinesAsync(port) : [];
            }
            var socket = new ClientWebSocket();
            var browser = new Browser(process, socket, profile);
            await socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), browser._limit.Token);
            var target = await browser.SendAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
            var attached = await browser.SendAsync("Target.attachToTarget", new JsonObject { ["targetId"] = target["targetId"]!.GetValue<string>(), ["flatten"] = true });
            browser._session = attached["sessionId"]!.GetValue<string>();
            foreach (string domain in new[] { "Page", "Runtime", "Network", "Log" })
                await browser.SendAsync($"{domain}.enable");
            await browser.SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false });
            await browser.SendAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = dark ? "dark" : "light" }) });
            await browser.SendAsync("Page.navigate", new JsonObject { ["url"] = new Uri(file).AbsoluteUri });
            while (!browser._isLoaded)
                await browser.ReceiveAsync();
            return browser;
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            profile.Dispose();
            throw;
        }
    }

    private string? _session;
    private bool _isLoaded;

    /// <summary>The value of an expression in the page.</summary>
    public async Task<JsonNode?> EvaluateAsync(string expression)
    {
        var answer = await SendAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true, ["awaitPromise"] = true });
        return answer["exceptionDetails"] is { } thrown ? throw new InvalidOperationException($"{expression}: {thrown.ToJsonString()}") : answer["result"]!["value"];
    }

    public async Task<int> CountAsync(string selector) => (await EvaluateAsync($"document.querySelectorAll({JsonSerializer.Serialize(selector)}).length"))!.GetValue<int>();

    /// <summary>Presses the mouse at one place and lets go at another.</summary>
    public async Task DragAsync(double x, double fromY, double toY)
    {
        await MouseAsync("mouseMoved", x, fromY, 0);
        await MouseAsync("mousePressed", x, fromY, 1);
        for (int step = 1; step <= 4; step++)
            await MouseAsync("mouseMoved", x, fromY + (toY - fromY) * step / 4, 1);
        await MouseAsync("mouseReleased", x, toY, 0);
    }

    /// <summary>A picture of the whole page.</summary>
    public async Task ScreenshotAsync(string path)
    {
        var answer = await SendAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png", ["captureBeyondViewport"] = true });
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(answer["data"]!.GetValue<string>()));
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _limit.Dispose();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                _profile.Dispose();
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                // A child of the browser still writes.
                await Task.Delay(100);
            }
        }
    }

    private Task<JsonNode> MouseAsync(string type, double x, double y, int buttons) => SendAsync("Input.dispatchMouseEvent", new JsonObject
    {
        ["type"] = type, ["x"] = x, ["y"] = y, ["button"] = type == "mouseMoved" && buttons == 0 ? "none" : "left", ["buttons"] = buttons, ["clickCount"] = 1,
    });

    private async Task<JsonNode> SendAsync(string method, JsonObject? parameters = null)
    {
        int id = ++_last;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null)
            message["sessionId"] = _session;
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), WebSocketMessageType.Text, endOfMessage: true, _limit.Token);
        while (true)
        {
            var answer = await ReceiveAsync();
            if (answer["id"]?.GetValue<int>() == id)
                return answer["error"] is { } error ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}") : answer["result"]!;
        }
    }

    private async Task<JsonNode> ReceiveAsync()
    {
        using var whole = new MemoryStream();
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_buffer.AsMemory(), _limit.Token);
            whole.Write(_buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        var message = JsonNode.Parse(whole.ToArray())!;
        switch (message["method"]?.GetValue<string>())
        {
            case "Page.loadEventFired":
                _isLoaded = true;
                break;
            case "Runtime.consoleAPICalled" or "Runtime.exceptionThrown" or "Log.entryAdded":
                Messages.Add(message["params"]!.ToJsonString());
                break;
            case "Network.requestWillBeSent":
                Requests.Add(message["params"]!["request"]!["url"]!.GetValue<string>());
                break;
        }
        return message;
    }
}
