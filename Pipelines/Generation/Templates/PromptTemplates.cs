using System.Collections.Frozen;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace MLPipelines.Generation;

/// <summary>
/// Prompt templates by name: those that come with the library, and those that users add in a YAML file. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// A file is a mapping from names to templates: either a text, or a mapping with <c>prompt</c> and, where wanted, <c>description</c>, <c>maximumNewTokens</c>, <c>sample</c>,
/// <c>temperature</c>, <c>topP</c> and <c>beams</c>. A name that exists already is replaced.
/// </remarks>
public sealed class PromptTemplates
{
    private const int LargestFile = 1 << 20;

    private readonly FrozenDictionary<string, NamedTemplate> _byName;

    private PromptTemplates(IEnumerable<KeyValuePair<string, NamedTemplate>> templates) => _byName = templates.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>
    /// What comes with the library: <c>reply</c> ({content}, {intent}, {sentiment}); <c>tagline</c> ({context}, {sentiment}); <c>insights</c> ({data}); <c>persona</c> ({persona}, {metrics});
    /// and the styles <c>style/poetic</c>, <c>style/technical</c>, <c>style/casual</c>, <c>style/professional</c>, <c>style/humorous</c> ({text}).
    /// </summary>
    public static PromptTemplates Default { get; } = LoadDefault();

    /// <summary>The names, sorted.</summary>
    public IReadOnlyList<string> Names => [.. _byName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The template of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that there are.</exception>
    public NamedTemplate this[string name] => _byName.TryGetValue(name, out var template) ? template
        : throw new KeyNotFoundException($"There is no template '{name}'; there are: {string.Join(", ", Names)}. Add it in a YAML file ({nameof(With)}).");

    /// <summary>Whether there is a template of a name.</summary>
    public bool Contains(string name) => _byName.ContainsKey(name);

    /// <summary>These templates with those of a file.</summary>
    /// <param name="path">A YAML file of at most 1 MiB.</param>
    /// <exception cref="FormatException">The file is not YAML of that kind; the message says where.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public PromptTemplates With(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' with templates.", path);
        if (new FileInfo(path).Length > LargestFile)
            throw new FormatException($"'{path}' has {new FileInfo(path).Length} bytes; a file of templates has at most {LargestFile}.");
        return Parse(File.ReadAllText(path), path);
    }

    /// <summary>These templates with those of a text in YAML.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="where">What to call it in messages.</param>
    /// <exception cref="FormatException">It is not YAML of that kind; the message says where.</exception>
    public PromptTemplates Parse(string yaml, string where)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        var merged = _byName.ToDictionary(StringComparer.Ordinal);
        try
        {
            var deserializer = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance)
                .WithTypeConverter(new TextOrMapping()).WithDuplicateKeyChecking().Build();
            foreach (var (name, entry) in deserializer.Deserialize<Dictionary<string, TemplateEntry>?>(yaml) ?? [])
                merged[name] = Checked(name, entry, where);
        }
        catch (YamlException e)
        {
            string reason = e.InnerException switch
            {
                FormatException inner => inner.Message,
                InvalidCastException => "a file of templates is a mapping from names to templates.",
                _ => e.Message,
            };
            throw new FormatException($"'{where}', line {e.Start.Line}, column {e.Start.Column}: {reason}", e);
        }
        return new PromptTemplates(merged);
    }

    internal static PromptTemplates Of(IEnumerable<NamedTemplate> templates) => new(templates.Select(template => KeyValuePair.Create(template.Name, template)));

    private static NamedTemplate Checked(string name, TemplateEntry? entry, string where)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new FormatException($"'{where}' has a template without a name.");
        if (entry is null || string.IsNullOrWhiteSpace(entry.Prompt))
            throw new FormatException($"'{where}': the template '{name}' has no prompt.");
        try
        {
            var template = new NamedTemplate(name, PromptTemplate.Parse(entry.Prompt), entry.Description ?? "")
            {
                MaximumNewTokens = entry.MaximumNewTokens, Sample = entry.Sample, Temperature = entry.Temperature, TopP = entry.TopP, Beams = entry.Beams,
            };
            template.Apply(new GenerationOptions()).Validate();
            return template;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new FormatException($"'{where}': the template '{name}': {e.Message}", e);
        }
    }

    private static PromptTemplates LoadDefault()
    {
        using var stream = typeof(PromptTemplates).Assembly.GetManifestResourceStream("templates.yaml")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new PromptTemplates([]).Parse(reader.ReadToEnd(), "templates.yaml");
    }

    private sealed class TemplateEntry
    {
        public string? Prompt { get; set; }

        public string? Description { get; set; }

        public int? MaximumNewTokens { get; set; }

        public bool? Sample { get; set; }

        public float? Temperature { get; set; }

        public float? TopP { get; set; }

        public int? Beams { get; set; }
    }

    private sealed class TextOrMapping : IYamlTypeConverter
    {
        public bool Accepts(Type type) => type == typeof(TemplateEntry);

        public object? ReadYaml(IParser parser, Type type, ObjectDeserializer rootDeserializer)
        {
            if (parser.TryConsume<YamlDotNet.Core.Events.Scalar>(out var text))
                return new TemplateEntry { Prompt = text.Value };
            var start = parser.Consume<YamlDotNet.Core.Events.MappingStart>();
            var entry = new TemplateEntry();
            var given = new HashSet<string>(StringComparer.Ordinal);
            while (!parser.TryConsume<YamlDotNet.Core.Events.MappingEnd>(out _))
            {
                var key = parser.Consume<YamlDotNet.Core.Events.Scalar>();
                var value = parser.Consume<YamlDotNet.Core.Events.Scalar>();
                try
                {
                    if (!given.Add(key.Value))
                        throw new FormatException($"{key.Value} is given twice.");
                    Set(entry, key.Value, value.Value);
                }
                catch (FormatException e)
                {
                    throw new YamlException(key.Start, value.End, e.Message, e);
                }
            }
            return entry;
        }

        public void WriteYaml(IEmitter emitter, object? value, Type type, ObjectSerializer serializer) => throw new NotSupportedException("Templates are read only.");

        private static void Set(TemplateEntry entry, string key, string value)
        {
            switch (key)
            {
                case "prompt": entry.Prompt = value; break;
                case "description": entry.Description = value; break;
                case "maximumNewTokens": entry.MaximumNewTokens = Read<int>(key, value, "a whole number"); break;
                case "beams": entry.Beams = Read<int>(key, value, "a whole number"); break;
                case "temperature": entry.Temperature = Read<float>(key, value, "a number"); break;
                case "topP": entry.TopP = Read<float>(key, value, "a number"); break;
                case "sample": entry.Sample = bool.TryParse(value, out bool sample) ? sample : throw new FormatException($"sample is '{value}'; it must be true or false."); break;
                default: throw new FormatException($"'{key}' is no setting of a template; there are prompt, description, maximumNewTokens, sample, temperature, topP and beams.");
            }
        }

        private static T Read<T>(string key, string value, string expected) where T : IParsable<T> =>
            T.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"{key} is '{value}'; it must be {expected}.");
    }
}

/// <summary>A template with its name, and how its text is best decoded.</summary>
/// <param name="Name">The name.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Description">What it is for.</param>
public sealed record NamedTemplate(string Name, PromptTemplate Prompt, string Description)
{
    /// <summary>(tokens) See <see cref="GenerationOptions.MaximumNewTokens"/>; null to leave it.</summary>
    public int? MaximumNewTokens { get; init; }

    /// <summary>See <see cref="GenerationOptions.Sample"/>; null to leave it.</summary>
    public bool? Sample { get; init; }

    /// <summary>See <see cref="GenerationOptions.Temperature"/>; null to leave it.</summary>
    public float? Temperature { get; init; }

    /// <summary>See <see cref="GenerationOptions.TopP"/>; null to leave it.</summary>
    public float? TopP { get; init; }

    /// <summary>See <see cref="GenerationOptions.Beams"/>; null to leave it.</summary>
    public int? Beams { get; init; }

    /// <summary>A copy of options with what the template says.</summary>
    public GenerationOptions Apply(GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var applied = options.Clone();
        applied.MaximumNewTokens = MaximumNewTokens ?? applied.MaximumNewTokens;
        applied.Sample = Sample ?? applied.Sample;
        applied.Temperature = Temperature ?? applied.Temperature;
        applied.TopP = TopP ?? applied.TopP;
        if (applied.Sample && Beams is null)
            applied.DrawOneByOne();
        else if (Beams is { } beams && beams != applied.Beams)
            (applied.Beams, applied.BeamGroups, applied.DiversityPenalty) = (beams, 1, 0);
        return applied;
    }
}
