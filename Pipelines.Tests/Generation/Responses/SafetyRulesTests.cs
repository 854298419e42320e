using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Each rule, by what breaks it and what does not.</summary>
[TestClass]
public sealed class SafetyRulesTests
{
    [TestMethod]
    [DataRow("", "empty")]
    [DataRow("… !?", "empty")]
    [DataRow("You are an Idiot, sir.", "blocked")]
    [DataRow("Use 4111 1111 1111 1111 to pay.", "card-number")]
    [DataRow("Write to anna@example.com.", "e-mail")]
    [DataRow("Call +49 30 1234-5678.", "phone-number")]
    [DataRow("See https://evil.example/path", "link")]
    [DataRow("no no no no", "repetition")]
    [DataRow("we are here and we are here and we are here", "repetition")]
    [DataRow("Where is my parcel?", "echo")]
    [DataRow("Sure <extra_id_0> thing", "markup")]
    [DataRow("<b>bold</b>", "markup")]
    public void WhatBreaksARuleIsNamed(string text, string rule) => Assert.AreEqual(rule, new SafetyRules().FaultOf(text, "where is my parcel"));

    [TestMethod]
    [DataRow("Your parcel arrives on 24 December 2026.", "")]
    [DataRow("We wrote to anna@example.com.", "I am anna@example.com")]
    [DataRow("Your order 12345678 is on its way.", "order 1234 5678?")]
    [DataRow("See https://help.shop.example/returns", "")]
    [DataRow("The skill of a stupidly good cook < 5 & > 3", "")]
    public void OtherTextsPass(string text, string content) => Assert.IsNull(new SafetyRules { AllowedHosts = ["shop.example"] }.FaultOf(text, content));

    [TestMethod]
    public void RulesCanBeOff()
    {
        Assert.IsNull(new SafetyRules { Disabled = ["echo"] }.FaultOf("hi there", "hi there"));
        Assert.Contains("nonsense", Assert.ThrowsExactly<ArgumentException>(() => new SafetyRules { Disabled = ["nonsense"] }.Validate()).Message);
    }
}
