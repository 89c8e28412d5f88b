// Tells the elements of Firstmile who is signed in: their token comes from our own server.
const fetchToken = async () => (await (await fetch("/firstmile-token")).text()) || null;

(window.firstmileQueue ??= []).push((firstmile) => firstmile.identify(fetchToken));
