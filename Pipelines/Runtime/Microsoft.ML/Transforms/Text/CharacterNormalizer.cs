using System.Collections.Concurrent;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Maps characters one by one: case, diacritics, punctuation marks, numbers.</summary>
/// <remarks>Thread-safe; there is one instance for each combination of settings.</remarks>
internal sealed class CharacterNormalizer
{
    private const int Dropped = -1;

    // Each letter with a diacritical mark, followed by the letter without it.
    private const string LatinPairs =
        "ÀAÁAÂAÃAÄAÅAÇCÈEÉEÊEËEÌIÍIÎIÏIÑNÒOÓOÔOÕOÖOÙUÚUÛUÜUÝYàaáaâaãaäaåaçcèeéeêeëeìiíiîiïiñnòoóoôoõoöoùuúuûuüuýyÿy" +
        "ĀAāaĂAăaĄAąaĆCćcĈCĉcĊCċcČCčcĎDďdĒEēeĔEĕeĖEėeĘEęeĚEěeĜGĝgĞGğgĠGġgĢGģgĤHĥhĨIĩiĪIīiĬIĭiĮIįiİIĴJĵjĶKķkĹLĺlĻLļl" +
        "ĽLľlŃNńnŅNņnŇNňnŌOōoŎOŏoŐOőoŔRŕrŖRŗrŘRřrŚSśsŜSŝsŞSşsŠSšsŢTţtŤTťtŨUũuŪUūuŬUŭuŮUůuŰUűuŲUųuŴWŵwŶYŷyŸYŹZźzŻZżz" +
        "ŽZžzƠOơoƯUưuǍAǎaǏIǐiǑOǒoǓUǔuǕUǖuǗUǘuǙUǚuǛUǜuǞAǟaǠAǡaǢÆǣæǦGǧgǨKǩkǪOǫoǬOǭoǮƷǯʒǰjǴGǵgǸNǹnǺAǻaǼÆǽæǾØǿø" +
        "ȀAȁaȂAȃaȄEȅeȆEȇeȈIȉiȊIȋiȌOȍoȎOȏoȐRȑrȒRȓrȔUȕuȖUȗuȘSșsȚTțtȞHȟhȦAȧaȨEȩeȪOȫoȬOȭoȮOȯoȰOȱoȲYȳy";

    private const string GreekPairs = "ΆΑΈΕΉΗΊΙΌΟΎΥΏΩΐιΪΙΫΥάαέεήηίιΰυϊιϋυόούυώωϓϒϔϒ";

    private const string CyrillicPairs =
        "ЀЕЁЕЃГЇІЌКЍИЎУЙИйиѐеёеѓгїіќкѝиўуѶѴѷѵӁЖӂжӐАӑаӒАӓаӖЕӗеӚӘӛәӜЖӝжӞЗӟзӢИӣиӤИӥиӦОӧоӪӨӫөӬЭӭэӮУӯуӰУӱуӲУӳуӴЧӵчӸЫӹы";

    private static readonly ConcurrentDictionary<(TextNormalizingEstimator.CaseMode, bool, bool, bool), CharacterNormalizer> Instances = new();

    private readonly int[] _map = new int[char.MaxValue + 1];

    private CharacterNormalizer(TextNormalizingEstimator.CaseMode caseMode, bool keepDiacritics, bool keepPunctuations, bool keepNumbers)
    {
        for (int code = 0; code < _map.Length; code++)
        {
            char item = (char)code;
            bool drop = !keepPunctuations && char.IsPunctuation(item)
                || !keepNumbers && char.IsNumber(item)
                || !keepDiacritics && IsCombiningMark(item);
            _map[code] = drop ? Dropped : ChangeCase(item, caseMode);
        }
        if (keepDiacritics)
            return;
        foreach (string pairs in (ReadOnlySpan<string>)[LatinPairs, GreekPairs, CyrillicPairs])
        {
            for (int i = 0; i < pairs.Length; i += 2)
                _map[pairs[i]] = ChangeCase(pairs[i + 1], caseMode);
        }
    }

    public static CharacterNormalizer Get(TextNormalizingEstimator.CaseMode caseMode, bool keepDiacritics, bool keepPunctuations, bool keepNumbers) =>
        Instances.GetOrAdd((caseMode, keepDiacritics, keepPunctuations, keepNumbers),
            key => new CharacterNormalizer(key.Item1, key.Item2, key.Item3, key.Item4));

    /// <summary>Writes the normalised text; <paramref name="destination"/> must be at least as long as <paramref name="source"/>.</summary>
    /// <returns>The length of the result.</returns>
    public int Normalize(ReadOnlySpan<char> source, Span<char> destination)
    {
        var map = _map;
        destination = destination[..source.Length];
        int length = 0;
        foreach (char item in source)
        {
            int mapped = map[item];
            destination[length] = (char)mapped;
            if (mapped != Dropped)
                length++;
        }
        return length;
    }

    /// <summary>The normalised text: the very same memory where nothing changes.</summary>
    /// <param name="source">The text.</param>
    /// <param name="buffer">Memory to work in, grown as needed.</param>
    public ReadOnlyMemory<char> Normalize(ReadOnlyMemory<char> source, ref char[] buffer)
    {
        if (buffer == null || buffer.Length < source.Length)
            buffer = new char[Math.Max(source.Length, 2 * (buffer?.Length ?? 64))];
        var result = buffer.AsSpan(0, Normalize(source.Span, buffer));
        return result.SequenceEqual(source.Span) ? source : result.ToString().AsMemory();
    }

    private static char ChangeCase(char item, TextNormalizingEstimator.CaseMode caseMode) => caseMode switch
    {
        TextNormalizingEstimator.CaseMode.Lower => char.ToLowerInvariant(item),
        TextNormalizingEstimator.CaseMode.Upper => char.ToUpperInvariant(item),
        _ => item,
    };

    // Latin (and general), Hebrew and Arabic marks.
    private static bool IsCombiningMark(char item) => item
        is >= '\u0300' and <= '\u036F'
        or >= '\u0591' and <= '\u05BD' or '\u05C1' or '\u05C2' or '\u05C4' or '\u05C5' or '\u05C7'
        or >= '\u0610' and <= '\u0615' or >= '\u064C' and <= '\u065E' or '\u0670';
}
